/**
 * `pnpm accuracy`: measures the error of the elementwise functions and their derivatives.
 *
 * The arguments cover the whole range of float32.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { integer, parseOptions, run } from '@mini/tools/cli';
import { Command, InvalidArgumentError } from 'commander';
import { type Accuracy, accuracyOf, type Subject } from '../packages/autograd/test/accuracy/measure.ts';
import { slopes } from '../packages/autograd/test/accuracy/slopes.ts';
import { subjects } from '../packages/autograd/test/accuracy/subjects.ts';

const FILE = new URL('../docs/ACCURACY.md', import.meta.url);
const DEFAULT_STRIDE = 251;
/** Beyond this angle, the rounding error of the argument dominates the result. */
const MODERATE_ANGLE = 1e5;
const TRIGONOMETRIC = ['sin', 'cos', 'tan'];

interface Row {
  readonly subject: Subject;
  readonly where: string;
  readonly accuracy: Accuracy;
}

const measureRows = (subject: Subject, stride: number): readonly Row[] => {
  const whole = { subject, where: 'everywhere', accuracy: accuracyOf(subject, stride) };
  if (!TRIGONOMETRIC.includes(subject.name)) return [whole];
  const accuracy = accuracyOf(subject, stride, MODERATE_ANGLE);
  return [{ subject, where: '\\|x\\| ≤ 10⁵', accuracy }, whole];
};

/** The shortest decimal text that identifies a float32 number (up to 9 digits). */
const formatShort = (x: number): string => String(Number(x.toPrecision(9)));

const format = ({ subject, where, accuracy }: Row): string => {
  const { largest, at, mean, misrounded, points } = accuracy;
  const cells = [
    subject.name,
    where,
    largest.toFixed(4),
    at.map(formatShort).join(', '),
    mean.toFixed(3),
    ((1e6 * misrounded) / points).toFixed(1),
    points.toLocaleString('en-US'),
  ];
  return `| ${cells.join(' | ')} |`;
};

const table = (
  heading: string,
  rows: readonly Row[],
): string => `| ${heading} | where | largest error, ulp | at | mean error, ulp | not nearest, per million | points |
| --- | --- | ---: | --- | ---: | ---: | ---: |
${rows.map(format).join('\n')}`;

const report = (values: readonly Row[], derivatives: readonly Row[], stride: number): string => `# Accuracy

<!-- Made by \`pnpm accuracy --write\`; do not edit. -->

How far the results of the elementwise functions of @mini/autograd, as their kernels compute them, are from the exact results.

${table('function', values)}

## Derivatives

How far the derivatives are from the exact ones, as \`grad\` computes them for a cotangent of 1. An error of 8 ulp is a relative error of 10⁻⁶ at most, wherever float32 can hold the
derivative with all its digits. Slopes that would lose digits in float32, such as 1 - tanh², are elementary functions of their own, in double precision.

${table('derivative', derivatives)}

## How it is measured

- **Points.** One in ${stride} of all 2³² float32 numbers, evenly over their bit patterns and so over all magnitudes, denormal numbers, zeros and infinities included; besides,
  all numbers around places where functions or their computation change (0, 1, multiples of π/4, ends of ranges), and those that lie closest to multiples of π/2. Functions
  of two operands are measured on a grid over the whole range and, for pow, on grids where its results are neither 0 nor infinite. Nothing is random.
- **ulp**, the unit in the last place, is the distance of two neighbouring float32 numbers at the exact result: 2^(e - 23) between 2^e and 2^(e + 1), 2^-149 for denormal
  numbers and 0. An infinite result counts as 2^128, the number that would follow the largest one. A NaN, an infinity or a sign, also of zero, that should not be there
  would show as an infinite error.
- **No result can be closer than 0.5 ulp** for all arguments, since a float32 number has to be chosen. The mean is 0.25 where results have arbitrary digits. In
  these tables it is less, because many exact results are float32 numbers, or very close to 0 or 1, or beyond the largest float32 number. *Not nearest* are results that are not the float32 number next to the exact result.
- **Exact results** come from double precision: JavaScript's \`Math\`, series and continued fractions that share nothing with the library. Their own errors are about 2⁻²⁹ ulp.
- Functions whose results are never rounded, such as abs, floor, sign, relu and maximum, are left out.
`;

const odd = (text: string): number => {
  const stride = integer(1, 2 ** 31)(text);
  if (stride % 2 === 0) throw new InvalidArgumentError('Expected an odd number.');
  return stride;
};

const main = (): void => {
  const command = new Command('accuracy')
    .description('Measures the error of every elementwise function over the whole range of float32.')
    .option('--write', 'write the report to docs/ACCURACY.md instead of printing it', false)
    .option(
      '--stride <odd>',
      'measure every n-th float32 number; an even n would never change the lowest bit',
      odd,
      DEFAULT_STRIDE,
    );
  const { write, stride } = parseOptions<{ write: boolean; stride: number }>(command);
  const measure = (of: readonly Subject[]): readonly Row[] =>
    of.flatMap((subject) => {
      process.stderr.write(`${subject.name}\n`);
      return measureRows(subject, stride);
    });
  const text = report(measure(subjects), measure(slopes), stride);
  if (write) writeFileSync(fileURLToPath(FILE), text);
  else process.stdout.write(text);
};

await run(main);

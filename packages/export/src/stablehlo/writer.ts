/** The lines of a StableHLO program. */
import type { ElementType, Shape, Value } from '../target.ts';
import { typeText } from './names.ts';

/** Writes lines. Equal operations are written once in each region. */
export class Writer {
  readonly #lines: string[] = [];
  #indent = '    ';
  #known = new Map<string, Value>();
  #count = 0;

  /** All lines, without those whose results are not used. */
  get text(): string {
    const used = new Set<string>();
    const lines = this.#lines.toReversed().filter((line) => {
      // Constants can be long, and have no operands.
      const isConstant = /^ *%\d+ = stablehlo\.constant /.test(line);
      const [result = '', ...operands] = line.match(isConstant ? /%\d+/ : /%\w+/g) ?? [];
      const isDefinition =
        /^ *%\d+ = /.test(line) && !line.endsWith('({') && !line.includes('stablehlo.while(');
      if (isDefinition && !used.has(result)) return false;
      for (const name of isDefinition ? operands : [result, ...operands]) used.add(name);
      return true;
    });
    return lines.toReversed().join('\n');
  }

  newName(): string {
    return `%${this.#count++}`;
  }

  /** Writes an operation with one result, unless the same one is there already. */
  emit(operation: string, type: ElementType, shape: Shape): Value {
    const known = this.#known.get(operation);
    if (known !== undefined) return known;
    const value: Value = { name: this.newName(), shape, type };
    this.write(`${value.name} = ${operation}`);
    this.#known.set(operation, value);
    return value;
  }

  write(line: string): void {
    this.#lines.push(`${this.#indent}${line}`);
  }

  /** Writes a region: what `f` writes is indented, and known only there. */
  region(f: () => void): void {
    const [indent, known] = [this.#indent, this.#known];
    this.#indent = `${indent}  `;
    this.#known = new Map();
    f();
    this.#indent = indent;
    this.#known = known;
  }

  /** Writes what `f` writes, after a line that depends on what `f` returns. */
  writeBehind<T>(f: () => T, lineFor: (result: T) => string): T {
    const start = this.#lines.length;
    this.write('');
    const result = f();
    this.#lines[start] = `${this.#indent}${lineFor(result)}`;
    return result;
  }

  /** Writes the last line of a region. */
  return(values: readonly Value[]): void {
    const types = values.length === 0 ? '' : ` : ${values.map(typeText).join(', ')}`;
    this.write(`stablehlo.return ${values.map(({ name }) => name).join(', ')}${types}`);
  }
}

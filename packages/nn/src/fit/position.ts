/** Where a training is, as the metadata of a checkpoint. */
import type { FitEpoch, FitMetrics } from './types.ts';

/** How far a training is: the epoch and the batch that come next, from 0. */
export interface Position {
  readonly epoch: number;
  readonly batch: number;
  readonly history: readonly FitEpoch<FitMetrics>[];
}

/** JSON has no NaN and no infinities: they are written as texts. */
const writeNumber = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
const readNumber = (_key: string, value: unknown): unknown =>
  value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : value;

/** Returns the position as metadata. */
export const writePosition = ({ epoch, batch, history }: Position): Readonly<Record<string, string>> => ({
  fit: JSON.stringify({ epoch, batch, history }, writeNumber),
});

/** A checkpoint without its tensors. */
interface Found {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * Returns the position that a checkpoint contains.
 *
 * Throws an Error if it is not a checkpoint of `fit`, or if its training is not `identity`.
 */
export const readPosition = (
  { path, metadata }: Found,
  identity: Readonly<Record<string, string>>,
): Position => {
  const differences = Object.entries(identity)
    .filter(([name, value]) => metadata[name] !== undefined && metadata[name] !== value)
    .map(([name, value]) => `${name} ${metadata[name]} there, ${value} now`);
  if (metadata['fit'] !== undefined && differences.length > 0)
    throw new Error(`fit: ${path} is a checkpoint of another training: ${differences.join('; ')}`);
  let position: Partial<Position> | null = null;
  try {
    position = JSON.parse(metadata['fit'] ?? 'null', readNumber) as Partial<Position> | null;
  } catch {
    // Reported below.
  }
  const { epoch, batch, history } = position ?? {};
  const isHistory = Array.isArray(history) && history.every((own) => typeof own === 'object' && own !== null);
  if (!isCount(epoch) || !isCount(batch) || !isHistory)
    throw new Error(`fit: ${path} is not a checkpoint of fit: its metadata lack the position`);
  return position as Position;
};

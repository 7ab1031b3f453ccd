/** The ten digits as a person might draw them: strokes, in fractions of the pad's side. */

type Stroke = readonly (readonly [number, number])[];

/** Returns points on an ellipse, between angles in degrees: 0 is right, 90 is down. */
const arc = (x: number, y: number, width: number, height: number, from: number, to: number): Stroke =>
  Array.from({ length: 13 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 12) * Math.PI) / 180;
    return [x + width * Math.cos(angle), y + height * Math.sin(angle)] as const;
  });

export const STROKES: readonly (readonly Stroke[])[] = [
  [arc(0.5, 0.5, 0.2, 0.3, -90, 270)],
  [
    [
      [0.52, 0.2],
      [0.48, 0.8],
    ],
  ],
  [[...arc(0.5, 0.34, 0.18, 0.14, 190, 390), [0.3, 0.8], [0.72, 0.8]]],
  [[...arc(0.48, 0.33, 0.17, 0.14, 200, 450), ...arc(0.48, 0.65, 0.2, 0.17, -90, 160)]],
  [
    [
      [0.36, 0.2],
      [0.3, 0.52],
      [0.7, 0.52],
    ],
    [
      [0.66, 0.22],
      [0.62, 0.85],
    ],
  ],
  [[[0.7, 0.2], [0.38, 0.2], [0.35, 0.47], ...arc(0.47, 0.62, 0.2, 0.18, -100, 150)]],
  [[[0.58, 0.16], [0.4, 0.42], ...arc(0.49, 0.65, 0.15, 0.16, 190, 550)]],
  [
    [
      [0.28, 0.22],
      [0.7, 0.22],
      [0.46, 0.82],
    ],
  ],
  [arc(0.5, 0.34, 0.15, 0.15, 90, 450), arc(0.5, 0.66, 0.18, 0.17, -90, 270)],
  [[...arc(0.48, 0.35, 0.16, 0.16, 0, -360), [0.62, 0.6], [0.56, 0.85]]],
];

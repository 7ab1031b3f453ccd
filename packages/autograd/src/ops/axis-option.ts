/** The option of functions that work along one axis. */

/** The axis to work along. The function tells the default. */
export interface AxisOption {
  readonly axis?: number;
}

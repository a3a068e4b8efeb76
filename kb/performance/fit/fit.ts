import { levenbergMarquardt } from 'ml-levenberg-marquardt';
import { median, quantile, standardDeviation } from 'simple-statistics';
import {
  constantDeclarations,
  constantNames,
  startValues,
  valuesOf,
  type Constants,
  type ConstantValues,
  type Residuals,
} from '../model/constants.ts';
import { fittedConstants } from '../model/fitted-constants.ts';
import { stepSeconds } from '../model/step.ts';
import type { SiteScale } from '../prediction.ts';
import type { MeasuredRun } from './measured-run.ts';
import { siteRows } from './split.ts';

export type { MeasuredRun };

export interface FitOptions {
  /** Kept instead of measuring them by leaving sources out, which takes one further fit a source. */
  readonly residuals?: Residuals;
}

// Rows of one set that are looked at, and for how many independent ones they count: rows of one table share its
// mistakes, and 1,440 of a kind must not outvote the rest.
const rowsMax = 160;
const independentRowsMax = 10;
// Standard deviation of log(measured / predicted) within a site when the constants are right.
const rowSigma = 0.08;
// The same between sites: network, framework, cooling. perf-model's survey finds 0.1 to 0.2.
const siteSigma = 0.1;
// Degrees of freedom of Student's t: a row far off counts little.
const tailFreedom = 4;
const reweightings = 4;
const iterationsMax = 12;

/**
 * The constants that explain measured runs best while staying near what their sources say: a maximum of posterior
 * probability in log space. Every set has a scale of its own around the common one, so that a slow site does not drag
 * the constants of hardware; a single set has none, its constants take all of it.
 */
export function fitConstants(rows: readonly MeasuredRun[], options: FitOptions = {}): Constants {
  if (rows.length === 0) return { values: startValues, residuals: options.residuals ?? fittedConstants.residuals };
  return {
    values: fitValues(rows),
    residuals: options.residuals ?? fittedConstants.residuals,
  };
}

/** Errors on sources that the constants have not seen, each source counting the same. */
export function unseenResiduals(rows: readonly MeasuredRun[]): Residuals {
  const sets = [...new Set(rows.map(({ set }) => set))];
  const errors = sets.flatMap((set) => {
    const values = fitValues(rows.filter((row) => row.set !== set));
    const own = rows.filter((row) => row.set === set).map((row) => logError(row, values));
    return Array.from({ length: quantilesASet }, (_, index) => quantile([...own], (index + 0.5) / quantilesASet));
  });
  return { sigma: standardDeviation(errors), low: quantile(errors, 0.05), high: quantile(errors, 0.95) };
}

const quantilesASet = 40;

/** One number for a site: the middle of measured over predicted, and what scatters around it. */
export function fitSiteScale(rows: readonly MeasuredRun[], constants: Constants = fittedConstants): SiteScale {
  const errors = rows.map((row) => logError(row, constants.values));
  if (errors.length === 0) return { scale: 1, sigma: constants.residuals.sigma, runs: 0 };
  const middle = siteLocation(errors);
  return { scale: Math.exp(middle), sigma: siteScatter(errors, middle), runs: errors.length };
}

/** A mean in which runs far off count little, drawn towards no difference by as much as sites usually differ. */
function siteLocation(errors: readonly number[]): number {
  let middle = median([...errors]);
  for (let round = 0; round < reweightings; round += 1) {
    let [sum, weights] = [0, (siteRowSigma / siteSigma) ** 2];
    for (const error of errors) {
      const weight = (tailFreedom + 1) / (tailFreedom + ((error - middle) / siteRowSigma) ** 2);
      sum += weight * error;
      weights += weight;
    }
    middle = sum / weights;
  }
  return middle;
}

// Standard deviation of log(measured / predicted) within a site whose constants were not fitted on it.
const siteRowSigma = 0.1;

/** The scatter within a site, drawn towards what sites usually have while its own runs are few. */
function siteScatter(errors: readonly number[], middle: number): number {
  const squares = errors.reduce((sum, error) => sum + (error - middle) ** 2, 0);
  return Math.sqrt((squares + usualRuns * rowSigma ** 2) / (errors.length - 1 + usualRuns));
}

// For how many runs the usual scatter counts.
const usualRuns = 3;

/** Degrees of freedom of a site's scatter: its own runs, and what is known of sites before any was measured. */
export function siteFreedom({ runs }: Pick<SiteScale, 'runs'>): number {
  return runs - 1 + usualRuns;
}

function logError({ run, seconds }: Pick<MeasuredRun, 'run' | 'seconds'>, values: ConstantValues): number {
  return Math.log(seconds / stepSeconds(run, values).seconds);
}

function fitValues(rows: readonly MeasuredRun[]): ConstantValues {
  const sets = [...Map.groupBy(rows, ({ set }) => set).values()];
  const looked = sets.flatMap((own, set) => {
    const chosen = siteRows(own, sets.length > 1 ? rowsMax : 2 * rowsMax);
    const weight = sets.length > 1 ? Math.min(1, independentRowsMax / chosen.length) : 1;
    return chosen.map((row) => ({ ...row, set, weight }));
  });
  const sites = sets.length > 1 ? sets.length : 0;
  const unknowns = constantNames.length + sites;
  let parameters: number[] = Array.from({ length: unknowns }, () => 0);
  let robust = looked.map(() => 1);
  for (let round = 0; round < reweightings; round += 1) {
    parameters = solve(looked, robust, parameters);
    const values = valuesAt(parameters);
    robust = looked.map((row) => {
      const error = (logError(row, values) - (parameters[constantNames.length + row.set] ?? 0)) / rowSigma;
      return (tailFreedom + 1) / (tailFreedom + error * error);
    });
  }
  return valuesAt(parameters);
}

interface LookedRow extends Omit<MeasuredRun, 'set'> {
  readonly set: number;
  readonly weight: number;
}

/**
 * Least squares over rows and priors alike: point i below the number of rows is a row's weighted error, above it an
 * unknown over its tolerance.
 */
function solve(rows: readonly LookedRow[], robust: readonly number[], start: readonly number[]): number[] {
  const factors = rows.map(({ weight }, index) => Math.sqrt(weight * (robust[index] ?? 1)) / rowSigma);
  const count = rows.length + start.length;
  const model = (parameters: readonly number[]): ((point: number) => number) => {
    const values = valuesAt(parameters);
    return (point) => {
      const row = rows[point];
      if (row === undefined) return (parameters[point - rows.length] ?? 0) / toleranceOf(point - rows.length);
      const site = parameters[constantNames.length + row.set] ?? 0;
      return (factors[point] ?? 0) * (site - logError(row, values));
    };
  };
  const points = Array.from({ length: count }, (_, index) => index);
  const fitted = levenbergMarquardt({ x: points, y: points.map(() => 0) }, model, {
    initialValues: start,
    damping: 1,
    gradientDifference: 1e-3,
    maxIterations: iterationsMax,
    errorTolerance: 1e-6,
  });
  return fitted.parameterValues;
}

function toleranceOf(unknown: number): number {
  const name = constantNames[unknown];
  return name === undefined ? siteSigma : constantDeclarations[name].tolerance;
}

/** Unknowns are logs of the constants over their starts. */
function valuesAt(parameters: readonly number[]): ConstantValues {
  const logs = new Map(constantNames.map((name, index) => [name, parameters[index] ?? 0]));
  return valuesOf((name) => startValues[name] * Math.exp(logs.get(name) ?? 0));
}

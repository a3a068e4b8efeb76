import type { PickleValue } from './pickle.ts';

type Container = Exclude<Extract<PickleValue, object>, Uint8Array>;

/**
 * What is wrong with the way in which containers hold one another: too deep, or in a circle; `null` if nothing. It is
 * judged when all is read, since the memo lets a container be filled after others have taken it in. Linear, and
 * without recursion.
 */
export function nestingProblem(root: PickleValue, depthMax: number): string | null {
  const tooDeep = `containers are nested more than ${depthMax} deep`;
  const heights = new Map<Container, number>();
  const open = new Set<Container>();
  const path: { readonly container: Container; readonly rest: Iterator<PickleValue>; childHeight: number }[] = [];

  const raise = (height: number): string | null => {
    const parent = path.at(-1);
    if (parent !== undefined) parent.childHeight = Math.max(parent.childHeight, height);
    return path.length + height > depthMax ? tooDeep : null;
  };
  const enter = (value: PickleValue): string | null => {
    if (!isContainer(value)) return null;
    const known = heights.get(value);
    if (known !== undefined) return raise(known);
    if (open.has(value)) return 'a container holds itself';
    if (path.length >= depthMax) return tooDeep;
    if (!holdsContainers(value)) {
      heights.set(value, 1);
      return raise(1);
    }
    open.add(value);
    path.push({ container: value, rest: childrenOf(value), childHeight: 0 });
    return null;
  };

  let problem = enter(root);
  for (let last = path.at(-1); last !== undefined && problem === null; last = path.at(-1)) {
    const next = last.rest.next();
    if (next.done !== true) problem = enter(next.value);
    else {
      path.pop();
      open.delete(last.container);
      heights.set(last.container, last.childHeight + 1);
      problem = raise(last.childHeight + 1);
    }
  }
  return problem;
}

function isContainer(value: PickleValue): value is Container {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}

/** Most hold plain values alone: nothing to go into. */
function holdsContainers(container: Container): boolean {
  if (Array.isArray(container)) return container.some(isContainer);
  for (const [key, value] of container.entries()) if (isContainer(key) || isContainer(value)) return true;
  return false;
}

function* childrenOf(container: Container): Generator<PickleValue, void> {
  if (!(container instanceof Map)) return yield* container;
  for (const [key, value] of container) {
    yield key;
    yield value;
  }
}

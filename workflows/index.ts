export { cluster } from './cluster.ts';
export { incident } from './incident.ts';
export { repair } from './repair.ts';

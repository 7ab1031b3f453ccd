/** Vite makes a classic worker by default. */
export default { worker: { format: 'es' } };

import getPort from 'get-port';

export type ChosenPort = { port: number; preferred: boolean };

/**
 * The preferred port where it is free on loopback, else any free one; `preferred` says which of the two.
 * A port is not given out twice by one process, also when nothing listens on it yet.
 */
export async function choosePort(preferred?: number): Promise<ChosenPort> {
  // Checked on loopback alone: that is where all parts listen, and what others see on it is what counts.
  const port = await getPort({ host: '127.0.0.1', reserve: true, ...(preferred ? { port: preferred } : {}) });
  return { port, preferred: port === preferred };
}

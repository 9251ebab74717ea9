import { startFcmEmulator, type FcmEmulator, type FcmEmulatorOptions } from '../../local/fcm-emulator/emulator.ts';
import { mustClose } from './leaks.ts';

/** An FCM emulator of this test file's own, its ledger in memory unless given a file. To be stopped in `afterAll`. */
export async function startEmulator(options: FcmEmulatorOptions = {}): Promise<FcmEmulator> {
  const emulator = await startFcmEmulator(options);
  const closed = mustClose('FCM emulator (call stop() in afterAll)');
  return {
    ...emulator,
    stop: async () => {
      await emulator.stop();
      closed();
    },
  };
}

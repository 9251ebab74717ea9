import { TcpProxy } from '../../proof/support/tcp-proxy.ts';
import { mustClose } from './leaks.ts';

/** A proxy to `host:port`. To be closed before the file ends. */
export async function startProxy(target: string): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(target);
  const closed = mustClose('proxy (call close())');
  const close = proxy.close.bind(proxy);
  proxy.close = () => close().then(closed);
  return proxy;
}

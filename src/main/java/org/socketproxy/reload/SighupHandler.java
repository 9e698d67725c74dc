package org.socketproxy.reload;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Receives SIGHUP, on which the JVM would exit. */
public final class SighupHandler {
    private final Semaphore pending = new Semaphore(0);

    /** Installs the signal handler, which receives nothing after a start with nohup or {@code -Xrs}. */
    public static SighupHandler listen() {
        SighupHandler sighups = new SighupHandler();
        try {
            // By reflection, because the compiler warns about sun.misc.Signal; Java has no other API for signals.
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object receiver = Proxy.newProxyInstance(
                    SighupHandler.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, received) -> {
                        sighups.add();
                        return null;
                    });
            Object sighup = signal.getConstructor(String.class).newInstance("HUP");
            signal.getMethod("handle", signal, handler).invoke(null, sighup, receiver);
        } catch (InvocationTargetException reserved) {
            // With -Xrs the JVM allows no signal handlers.
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("This Java runtime does not contain the module jdk.unsupported", missing);
        }
        return sighups;
    }

    void add() {
        pending.release();
    }

    /** Waits for the next SIGHUP; merges pending signals. Returns false after the timeout. */
    boolean await(long millis) throws InterruptedException {
        boolean isReceived = pending.tryAcquire(millis, TimeUnit.MILLISECONDS);
        pending.drainPermits();
        return isReceived;
    }
}

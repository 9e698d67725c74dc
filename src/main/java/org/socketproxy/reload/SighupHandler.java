package org.socketproxy.reload;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The SIGHUPs that were sent to this process. While there is one of these, none of them ends the process, as the JVM
 * would have it otherwise.
 */
public final class SighupHandler {
    private final Semaphore waiting = new Semaphore(0);

    /**
     * Takes SIGHUP over from the JVM. The JVM keeps it if the process was started to ignore it, as by nohup, or with
     * {@code -Xrs}.
     */
    public static SighupHandler listen() {
        SighupHandler hangups = new SighupHandler();
        try {
            // By name, since the compiler warns of this class, and there is no other way to a signal in Java.
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object receiver = Proxy.newProxyInstance(
                    SighupHandler.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, received) -> {
                        hangups.add();
                        return null;
                    });
            Object hangup = signal.getConstructor(String.class).newInstance("HUP");
            signal.getMethod("handle", signal, handler).invoke(null, hangup, receiver);
        } catch (InvocationTargetException taken) {
            // With -Xrs signals are the system's.
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("This runtime lacks the module jdk.unsupported", missing);
        }
        return hangups;
    }

    void add() {
        waiting.release();
    }

    /** Waits for the next one; those that come together are one. */
    boolean await(long millis) throws InterruptedException {
        boolean isThere = waiting.tryAcquire(millis, TimeUnit.MILLISECONDS);
        waiting.drainPermits();
        return isThere;
    }
}

package org.socketproxy.reload;

/** State that may change while the proxy runs. {@link ChangePoller} calls the methods on one thread. */
public interface Reloadable {
    /** Called on SIGHUP: reads and applies the current state immediately. */
    void reload();

    /** Called once per second: checks for a change. */
    void poll();
}

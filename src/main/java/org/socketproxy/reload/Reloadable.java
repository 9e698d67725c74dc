package org.socketproxy.reload;

/** What may change while the program runs, and is looked at by one thread. */
public interface Reloadable {
    /** Somebody says that it has changed, and is whole. */
    void hangUp();

    /** Once a second. */
    void look();
}

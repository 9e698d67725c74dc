package org.socketproxy.client;

/** A way by which one client of the daemon becomes another client of the proxy. */
public enum Takeover {
    /** Creates containers without rules: they get any network, socket or file of the host. */
    CREATE("create containers"),
    /** Runs code in the other client, or reads its memory or files: it has every identity of this client. */
    ENTER("enter containers"),
    /** Connects a container to the network of the other client. */
    JOIN("connect containers to networks"),
    /** Reads the key of the other client's certificate. */
    READ("read files of containers"),
    /** Stops the other client, so that its address or name is free. */
    STOP("stop containers");

    private final String words;

    Takeover(String words) {
        this.words = words;
    }

    /** Returns what the client does, such as {@code stop containers}. */
    public String words() {
        return words;
    }

    /** Returns true if it gives every identity. */
    boolean isComplete() {
        return this == ENTER || this == CREATE;
    }
}

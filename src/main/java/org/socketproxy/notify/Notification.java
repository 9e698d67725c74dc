package org.socketproxy.notify;

import java.time.Instant;
import org.socketproxy.client.PrintableText;

/**
 * A message for the administrator.
 *
 * <p>Security: has no path, header, query or body of a request; control characters are escaped, and the text is truncated.
 *
 * @param profile name of the profile, or empty
 * @param text sentences
 */
record Notification(Instant time, Kind kind, String profile, Cause cause, String text) {
    private static final int LONGEST = 1000;

    /** What has happened. The priority is that of ntfy, from 1 to 5. */
    enum Kind {
        DENIED("denied", 3, "a new kind of denial"),
        MORE_DENIED("denied", 3, "more kinds of denials"),
        ROOT("root", 5, "clients can become root"),
        DAEMON_LOST("daemon-lost", 5, "the daemon does not answer"),
        DAEMON_BACK("daemon-back", 3, "the daemon answers again");

        private final String event;
        private final int priority;
        private final String words;

        Kind(String event, int priority, String words) {
            this.event = event;
            this.priority = priority;
            this.words = words;
        }

        /** Returns the word for programs. */
        String event() {
            return event;
        }

        int priority() {
            return priority;
        }

        /** Returns a title of ASCII characters, because it can be a header. */
        String title() {
            return "Docker socket proxy: " + words;
        }

        /** Returns true if clients cause it, as often as they like. */
        boolean isOfClients() {
            return this == DENIED || this == MORE_DENIED;
        }
    }

    Notification(Instant time, Kind kind, String profile, String text) {
        this(time, kind, profile, Cause.NONE, text);
    }

    /**
     * Client and denial that a message is about.
     *
     * @param client its name, or empty
     * @param denied kind of the denial, or empty
     */
    record Cause(String client, String denied) {
        static final Cause NONE = new Cause("", "");
    }

    Notification {
        String line = PrintableText.oneLine(text);
        text = line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line;
    }
}

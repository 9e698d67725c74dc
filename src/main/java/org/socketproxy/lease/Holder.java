package org.socketproxy.lease;

/** Connection of the opener, which holds a lease open. */
interface Holder {
    /** No connection: that of a lease of an earlier start. */
    Holder NONE = new Holder() {
        @Override
        public boolean isGone() {
            return true;
        }

        @Override
        public void end(String line) {
            // There is no response.
        }
    };

    /** Returns whether the connection has ended; called several times a second. */
    boolean isGone();

    /** Sends the last line, and ends the response. */
    void end(String line);
}

package org.socketproxy.json;

/**
 * A request for a list of the daemon that is read element by element. Equal queries share an answer.
 *
 * @param <T> the facts of the list
 */
public interface ListQuery<T> {
    /** Returns path and query. */
    String target();

    /** Returns the reader of one answer. */
    ResponseReader<T> reader();
}

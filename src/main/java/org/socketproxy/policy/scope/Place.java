package org.socketproxy.policy.scope;

/** Place of the name of an object in a request. */
public sealed interface Place {
    /**
     * Segments of the path.
     *
     * @param from index of the first one
     * @param to index after the last one
     * @param lookup the name in the path of an inspect, with its escapes; for a push with the tag
     */
    record Path(int from, int to, String lookup) implements Place {}

    /** The only value of a parameter of the query. */
    record Query(String parameter) implements Place {}

    /** A value of a parameter of the query that can be repeated. */
    record Repeated(String parameter) implements Place {}

    /** A value of a filter of a list. */
    record Filter(String filter) implements Place {}

    /** The body. */
    enum Body implements Place {
        BODY
    }
}

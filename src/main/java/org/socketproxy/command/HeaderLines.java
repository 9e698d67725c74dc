package org.socketproxy.command;

import java.util.List;
import org.socketproxy.policy.RequestHead;

/**
 * Request headers given as lines, such as {@code Origin: https://page.example}.
 *
 * @param hasBody whether the request has a non-empty body
 */
record HeaderLines(List<String> lines, boolean hasBody) implements RequestHead {
    HeaderLines {
        lines = List.copyOf(lines);
    }

    @Override
    public List<String> values(String header) {
        String prefix = header + ":";
        return lines.stream()
                .filter(line -> line.regionMatches(true, 0, prefix, 0, prefix.length()))
                .map(line -> line.substring(prefix.length()).strip())
                .toList();
    }
}

package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.List;

/** Parses the request head of a corpus: header lines separated by {@code " / "}, and {@code body} for a body. */
record HeadLines(List<String> lines, boolean hasBody) implements RequestHead {
    static HeadLines parse(String text) {
        List<String> lines = new ArrayList<>(List.of(text.split(" / ")));
        boolean hasBody = lines.remove("body");
        return new HeadLines(lines, hasBody);
    }

    @Override
    public List<String> values(String header) {
        String prefix = header + ": ";
        return lines.stream()
                .filter(line -> line.regionMatches(true, 0, prefix, 0, prefix.length()))
                .map(line -> line.substring(prefix.length()))
                .toList();
    }
}

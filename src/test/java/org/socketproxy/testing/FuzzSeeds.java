package org.socketproxy.testing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

/** Makes inputs of fuzz targets from text: one byte per character. */
public final class FuzzSeeds {
    private FuzzSeeds() {}

    public static Stream<byte[]> of(String... texts) {
        return of(Arrays.stream(texts));
    }

    public static Stream<byte[]> of(Stream<String> texts) {
        return texts.map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Returns the text of an input. */
    public static String text(byte[] input) {
        return new String(input, StandardCharsets.ISO_8859_1);
    }
}

package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds any of many texts in bytes, in one pass: Rabin-Karp with a rolling hash of the first 16 bytes. */
public final class TextSearch {
    /** Length of the shortest text, in bytes. */
    static final int WINDOW = 16;

    private static final int BASE = 0x01000193;
    private static final int FILTER_BITS = 16;

    private TextSearch() {}

    /**
     * Returns true if the bytes contain one of the texts.
     *
     * @param texts ASCII, each of at least {@link #WINDOW} characters
     */
    public static boolean hasAny(ByteBuffer bytes, Collection<String> texts) {
        Map<Integer, List<byte[]>> byHash = new HashMap<>();
        BitSet filter = new BitSet(1 << FILTER_BITS);
        for (String text : texts) {
            byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
            int hash = 0;
            for (int i = 0; i < WINDOW; i++) {
                hash = hash * BASE + wanted[i];
            }
            byHash.computeIfAbsent(hash, any -> new ArrayList<>()).add(wanted);
            filter.set(hash >>> FILTER_BITS);
        }
        int oldest = 1; // BASE to the power of WINDOW
        for (int i = 0; i < WINDOW; i++) {
            oldest *= BASE;
        }
        int hash = 0;
        int begin = bytes.position();
        for (int i = begin; i < bytes.limit() && !byHash.isEmpty(); i++) {
            hash = hash * BASE + bytes.get(i);
            int start = i - WINDOW + 1;
            if (start > begin) {
                hash -= oldest * bytes.get(start - 1);
            }
            if (start >= begin && filter.get(hash >>> FILTER_BITS) && isAnyAt(bytes, start, byHash.get(hash))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAnyAt(ByteBuffer bytes, int start, @Nullable List<byte[]> texts) {
        for (byte[] text : texts == null ? List.<byte[]>of() : texts) {
            boolean isWhole = bytes.limit() - start >= text.length;
            if (isWhole && bytes.slice(start, text.length).equals(ByteBuffer.wrap(text))) {
                return true;
            }
        }
        return false;
    }
}

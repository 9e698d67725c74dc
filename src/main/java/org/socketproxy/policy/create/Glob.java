package org.socketproxy.policy.create;

import java.util.BitSet;

/**
 * Pattern for names: {@code *} stands for any part without a slash, {@code **} for any part.
 *
 * <p>Security: a match takes time in proportion to the length of the name, since clients choose it.
 */
public final class Glob {
    private static final char STAR = '*';
    private static final char SLASH = '/';

    private final String text;

    /** @param text the pattern; every text is valid */
    public Glob(String text) {
        this.text = text;
    }

    /** Returns true if the pattern can match more than one name. */
    public boolean hasWildcard() {
        return text.indexOf(STAR) >= 0;
    }

    /** Returns true if the pattern matches the whole name. */
    public boolean matches(String name) {
        BitSet reached = new BitSet(text.length() + 1);
        reach(0, reached);
        for (int i = 0; i < name.length() && !reached.isEmpty(); i++) {
            reached = after(name.charAt(i), reached);
        }
        return reached.get(text.length());
    }

    /** Returns the positions in the pattern that one more character of the name leads to. */
    private BitSet after(char c, BitSet before) {
        BitSet reached = new BitSet(text.length() + 1);
        for (int at = before.nextSetBit(0); at >= 0 && at < text.length(); at = before.nextSetBit(at + 1)) {
            if (text.charAt(at) != STAR) {
                if (text.charAt(at) == c) {
                    reach(at + 1, reached);
                }
            } else if (c != SLASH || isDouble(at)) {
                reach(at, reached);
            }
        }
        return reached;
    }

    /** Marks a position, and the positions behind its wildcards, which can stand for nothing. */
    private void reach(int position, BitSet reached) {
        int at = position;
        reached.set(at);
        while (at < text.length() && text.charAt(at) == STAR) {
            at += isDouble(at) ? 2 : 1;
            reached.set(at);
        }
    }

    private boolean isDouble(int at) {
        return at + 1 < text.length() && text.charAt(at + 1) == STAR;
    }

    @Override
    public String toString() {
        return text;
    }
}

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
    private final BitSet literal;

    /** @param text the pattern; every text is valid */
    public Glob(String text) {
        this(text, new BitSet());
    }

    /** @param literal positions of characters that stand for themselves */
    Glob(String text, BitSet literal) {
        this.text = text;
        this.literal = literal;
    }

    /** Returns true if the pattern can match more than one name. */
    public boolean hasWildcard() {
        for (int at = text.indexOf(STAR); at >= 0; at = text.indexOf(STAR, at + 1)) {
            if (isStar(at)) {
                return true;
            }
        }
        return false;
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
            if (!isStar(at)) {
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
        while (at < text.length() && isStar(at)) {
            at += isDouble(at) ? 2 : 1;
            reached.set(at);
        }
    }

    private boolean isDouble(int at) {
        return at + 1 < text.length() && isStar(at + 1);
    }

    private boolean isStar(int at) {
        return text.charAt(at) == STAR && !literal.get(at);
    }

    @Override
    public String toString() {
        return text;
    }
}

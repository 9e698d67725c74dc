package org.socketproxy.archive;

import java.security.SecureRandom;
import java.util.function.IntPredicate;

/**
 * Set of names that needs 16 to 32 bytes for each: it stores hashes of 61 bits under a random key, so that a client cannot find two
 * names with one hash.
 *
 * <p>Security: hash of the polynomial kind, modulo the prime 2^61-1; two different names have the same one with a probability below
 * 2^-48.
 */
final class NameHashes {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int FIRST_SLOTS = 64;
    private static final int PRIME_BITS = 61;
    private static final long PRIME = (1L << PRIME_BITS) - 1;
    private static final long SPREAD = 0x9e3779b97f4a7c15L;

    private final long key = (RANDOM.nextLong() & PRIME - 1) + 1;
    private final IntPredicate memory;
    private long[] slots = new long[FIRST_SLOTS];
    private int count;

    /** @param memory reserves bytes, or returns false */
    NameHashes(IntPredicate memory) {
        this.memory = memory;
    }

    void add(String name) throws ArchiveException {
        if (2 * (count + 1) > slots.length) {
            grow();
        }
        long hash = hash(name);
        int slot = slot(hash);
        if (slots[slot] == 0) {
            slots[slot] = hash;
            count++;
        }
    }

    boolean contains(String name) {
        return slots[slot(hash(name))] != 0;
    }

    /** Returns true if the set has the folder of a name, or a folder above it. */
    boolean containsParent(String name) {
        if (count == 0) {
            return false;
        }
        long hash = 1;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '/' && slots[slot(stored(hash))] != 0) {
                return true;
            }
            hash = next(hash, c);
        }
        return false;
    }

    private long hash(String name) {
        long hash = 1;
        for (int i = 0; i < name.length(); i++) {
            hash = next(hash, name.charAt(i));
        }
        return stored(hash);
    }

    /** Zero stands for an empty slot. */
    private static long stored(long hash) {
        return hash + 1;
    }

    private long next(long hash, char c) {
        long high = Math.multiplyHigh(hash, key);
        long low = hash * key;
        long product = (low & PRIME) + (low >>> PRIME_BITS | high << Long.SIZE - PRIME_BITS);
        long sum = (product & PRIME) + (product >>> PRIME_BITS) + c;
        return sum >= PRIME ? sum - PRIME : sum;
    }

    /** Returns the slot that has the hash, or the empty one for it. */
    private int slot(long hash) {
        int slot = (int) (hash * SPREAD >>> Integer.SIZE) & slots.length - 1;
        while (slots[slot] != 0 && slots[slot] != hash) {
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }

    private void grow() throws ArchiveException {
        if (!memory.test(slots.length * 2 * Long.BYTES)) {
            throw new ArchiveException("has more entries than the proxy has memory for: try again later");
        }
        long[] before = slots;
        slots = new long[before.length * 2];
        for (long hash : before) {
            if (hash != 0) {
                slots[slot(hash)] = hash;
            }
        }
    }
}

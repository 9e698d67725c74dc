package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Pattern for a command, one word for each element: {@code *} stands for any part without a slash, {@code **} for any part, and
 * {@code **} as the last word for any further elements. Quoted text stands for itself.
 *
 * <p>Security: a wildcard matches neither an option at the beginning of its word, nor {@code ..} as a segment of a path, nor control
 * characters. {@code **} as the last word matches everything. A match takes time in proportion to the length of the element.
 */
public final class CommandPattern {
    private static final String REST = "**";
    private static final Pattern UP_OR_CONTROL = Pattern.compile("(?<![^/=:,])\\.\\.(?![^/=:,])|\\p{Cntrl}");

    private final String text;
    private final List<Word> words;
    private final boolean isOpen;

    /** @param isOption whether the word can match an option: it does not begin with a wildcard */
    private record Word(Glob glob, boolean isOption) {
        static Word of(String text, BitSet literal) {
            return new Word(new Glob(text, literal), !text.startsWith("*") || literal.get(0));
        }

        boolean matches(String element) {
            if (!glob.hasWildcard()) {
                return glob.matches(element);
            }
            return (isOption || !element.startsWith("-"))
                    && !UP_OR_CONTROL.matcher(element).find()
                    && glob.matches(element);
        }
    }

    private CommandPattern(String text, List<Word> words, boolean isOpen) {
        this.text = text;
        this.words = List.copyOf(words);
        this.isOpen = isOpen;
    }

    /**
     * Patterns, or the problem with their text.
     *
     * @param problem advice for the administrator, or null
     */
    public record Parsed(
            List<CommandPattern> patterns, @Nullable String problem) {
        public Parsed {
            patterns = List.copyOf(patterns);
        }
    }

    /** Parses patterns that are separated by semicolons or line breaks. */
    public static Parsed parse(String text) {
        return new Parser(text).parse();
    }

    /** Returns true if the pattern matches the whole command; an empty command matches none. */
    public boolean matches(List<String> command) {
        if (command.isEmpty() || (isOpen ? command.size() < words.size() : command.size() != words.size())) {
            return false;
        }
        for (int i = 0; i < words.size(); i++) {
            if (!words.get(i).matches(command.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Returns true if the pattern matches more than one command. */
    boolean isWide() {
        return isOpen || words.stream().anyMatch(word -> word.glob.hasWildcard());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CommandPattern pattern && pattern.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** Returns the text of the configuration. */
    @Override
    public String toString() {
        return text;
    }

    /** Splits a text into patterns and words. */
    private static final class Parser {
        private final String text;
        private final List<CommandPattern> patterns = new ArrayList<>();
        private final List<Word> words = new ArrayList<>();
        private StringBuilder word = new StringBuilder();
        private BitSet literal = new BitSet();
        private boolean isWord;
        private boolean isOpen;
        private int begin;
        private @Nullable String problem;

        Parser(String text) {
            this.text = text;
        }

        Parsed parse() {
            int i = 0;
            while (i < text.length() && problem == null) {
                char c = text.charAt(i);
                if (c == '\'' || c == '"') {
                    i = quoted(i, c);
                } else if (c == ';' || c == '\n') {
                    endCommand(i);
                    begin = i + 1;
                } else if (Character.isWhitespace(c)) {
                    endWord();
                } else if (c == '\\') {
                    problem = "put an element with special characters into quotes; a backslash has no meaning";
                } else {
                    isWord = true;
                    word.append(c);
                }
                i++;
            }
            endCommand(text.length());
            return new Parsed(patterns, problem);
        }

        /** Returns the position of the closing quote. */
        private int quoted(int open, char quote) {
            int close = text.indexOf(quote, open + 1);
            if (close < 0) {
                problem = "close the quote";
                return text.length();
            }
            literal.set(word.length(), word.length() + close - open - 1);
            word.append(text, open + 1, close);
            isWord = true;
            return close;
        }

        private void endWord() {
            if (!isWord) {
                return;
            }
            if (isOpen) {
                problem = "use ** only as the last word of a command, or as a part of a word such as /srv/**";
            }
            isOpen = word.toString().equals(REST) && literal.isEmpty();
            if (!isOpen) {
                words.add(Word.of(word.toString(), literal));
            }
            word = new StringBuilder();
            literal = new BitSet();
            isWord = false;
        }

        private void endCommand(int end) {
            endWord();
            if (problem == null && (isOpen || !words.isEmpty())) {
                patterns.add(new CommandPattern(text.substring(begin, end).strip(), words, isOpen));
            }
            words.clear();
            isOpen = false;
        }
    }
}

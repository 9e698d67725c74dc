package org.socketproxy.archive;

/** Cleans names of entries, as the daemon does: a leading slash, {@code ./} and empty components are taken off. */
final class TarNames {
    /** PATH_MAX of Linux. */
    static final int LONGEST_NAME = 4096;
    /** NAME_MAX of Linux. */
    private static final int LONGEST_COMPONENT = 255;

    private static final int MOST_COMPONENTS = 128;
    private static final String WHITEOUT = ".wh.";

    private TarNames() {}

    /** Returns the components, joined by slashes. */
    static String clean(String name) throws ArchiveException {
        if (name.length() > LONGEST_NAME) {
            throw new ArchiveException("has a name of more than " + LONGEST_NAME + " bytes");
        }
        if (name.indexOf('\0') >= 0) {
            throw new ArchiveException("has a name with a NUL");
        }
        StringBuilder clean = new StringBuilder(name.length());
        int components = 0;
        for (int begin = 0; begin < name.length(); ) {
            int slash = name.indexOf('/', begin);
            int end = slash < 0 ? name.length() : slash;
            if (end > begin && !(end == begin + 1 && name.charAt(begin) == '.')) {
                check(name, begin, end);
                clean.append(clean.isEmpty() ? "" : "/").append(name, begin, end);
                components++;
            }
            begin = end + 1;
        }
        if (components > MOST_COMPONENTS) {
            throw new ArchiveException("has a name of more than " + MOST_COMPONENTS + " folders");
        }
        return clean.toString();
    }

    private static void check(String name, int begin, int end) throws ArchiveException {
        if (end - begin > LONGEST_COMPONENT) {
            throw new ArchiveException("has a name with a part of more than " + LONGEST_COMPONENT + " bytes");
        }
        String component = name.substring(begin, end);
        if (component.equals("..")) {
            throw new ArchiveException("has the name " + TarEntry.shown(name) + ", which leaves its folder");
        }
        if (component.startsWith(WHITEOUT) && isFolderItself(component.substring(WHITEOUT.length()))) {
            throw new ArchiveException(
                    "has the name " + TarEntry.shown(name) + ", which removes a folder of the daemon");
        }
    }

    private static boolean isFolderItself(String removed) {
        return removed.isEmpty() || removed.equals(".") || removed.equals("..");
    }
}

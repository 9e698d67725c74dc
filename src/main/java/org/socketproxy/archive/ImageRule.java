package org.socketproxy.archive;

import org.jspecify.annotations.Nullable;

/** Rule of a profile for the images in an archive. Each sentence is the end of one that begins with the archive. */
public interface ImageRule {
    /** Allows all images. */
    ImageRule NONE = name -> null;

    /**
     * Returns why an image may not have a name, or null.
     *
     * @param name as the archive has it; empty for an image without a name
     */
    @Nullable
    String nameProblem(String name);

    /** Returns why an image may not have a label, or null. */
    default @Nullable String labelProblem(String key, String value) {
        return null;
    }
}

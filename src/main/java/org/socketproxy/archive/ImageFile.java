package org.socketproxy.archive;

/**
 * A file of an archive of images.
 *
 * @param digest of its bytes
 * @param content digest of its bytes after decompression
 * @param document facts of the file; {@link ImageDocument#OTHER} for one that is no document
 */
record ImageFile(Form form, String digest, String content, long size, ImageDocument document) {
    /** Form of the content, by its first bytes. */
    enum Form {
        /** JSON that was read. */
        DOCUMENT,
        /** JSON that is larger than each document which the daemon reads, such as the list of packages of an image. */
        DATA,
        LAYER,
        /** The number in the file {@code VERSION} of old archives. */
        NOTE
    }
}

package org.socketproxy.json;

import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementEditor.Edit;

/**
 * Reads the elements of a response while it arrives, and keeps facts of them. Of an element only members with some names are held.
 *
 * <p>Threading: one thread at a time; used for one response.
 *
 * @param <T> the facts
 */
public abstract class ResponseReader<T> {
    private final JsonElements elements;
    private int factBytes;

    /**
     * Creates a reader.
     *
     * @param list place of the elements, as for {@link JsonElements#heads}
     * @param members names of the members that {@link #read} needs
     */
    protected ResponseReader(String list, Set<String> members) {
        elements = JsonElements.heads(list, ElementEditor.withHead(members, (name, element) -> {
            factBytes += read(element);
            return Edit.DROP;
        }));
    }

    /**
     * Reads an element, which has only the members.
     *
     * @return about how many bytes of memory its facts take
     */
    protected abstract int read(ByteBuffer element) throws ElementException;

    /** Returns the facts after the end of the response. */
    protected abstract T result();

    /** Returns the facts after the end of the response; null if the members of an element were too long to be held. */
    public @Nullable T facts() {
        return elements.reduced() == 0 ? result() : null;
    }

    /** Returns the splitter of the response. */
    public JsonElements elements() {
        return elements;
    }

    /** Returns about how many bytes of memory the reader takes. */
    public int heldBytes() {
        return elements.heldBytes() + factBytes;
    }
}

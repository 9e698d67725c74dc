package org.socketproxy.inquiry;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ApiVersion;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.ListQuery;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.DaemonDefaults;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.create.OwnMounts;
import org.socketproxy.policy.create.PodVerdict;
import org.socketproxy.policy.create.PodmanContainer;
import org.socketproxy.policy.create.Recreation;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.InspectedPod;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.recreate.RecreateRecord;
import org.socketproxy.recreate.RecreateRecord.ImageConfig;

/**
 * The daemon's answer to a query, and the facts that were read from it. Each fact is read once, for all exchanges that share the
 * answer.
 *
 * <p>Threading: safe for any number of threads.
 */
public final class Inspection {
    /** Since then a mount of a volume can name a path inside of it. */
    public static final ApiVersion SUBPATHS = new ApiVersion(1, 45);

    private final int status;
    private final ByteBuffer body;
    private final @Nullable Object ofList;
    private final Map<Key, Object> facts = new HashMap<>();

    /**
     * Facts from an inspect of a container.
     *
     * @param description null without {@code CREATE_ALLOW=recreate}, and for a container that cannot be created again
     */
    public record Container(
            ContainerVerdict verdict, @Nullable RecreateRecord description, Recreation recreation) {
        /** Containers with a longer description are not recorded, and so cannot be created again. */
        private static final int LONGEST_RECORD_BYTES = 64 * 1024;

        private static Container read(CreateRules rules, ByteBuffer inspect) {
            boolean isRecordable = rules.isRecreateAllowed() && inspect.remaining() <= LONGEST_RECORD_BYTES;
            ContainerVerdict verdict = rules.judgeContainer(inspect.duplicate());
            return new Container(
                    verdict,
                    isRecordable && !verdict.id().isEmpty() ? RecreateRecord.read(inspect.duplicate()) : null,
                    Recreation.read(rules, verdict, inspect.duplicate()));
        }

        /** Returns the container without the large facts, for a judge that keeps it. */
        public Container withoutDescription() {
            return new Container(verdict, null, Recreation.NONE);
        }
    }

    /** @param by argument of the reader */
    private record Key(Class<?> fact, Object by) {}

    public Inspection(int status, ByteBuffer body) {
        this(status, body, null);
    }

    /** @param ofList facts of a list, which has no body; or null */
    public Inspection(int status, ByteBuffer body, @Nullable Object ofList) {
        this.status = status;
        this.body = body;
        this.ofList = ofList;
    }

    public int status() {
        return status;
    }

    public boolean isDescribed() {
        return status == HttpStatus.OK_200;
    }

    public ByteBuffer body() {
        return body.duplicate();
    }

    /** Returns the identity and the owner of an object; empty if the answer does not describe one of this kind. */
    public Optional<InspectedObject> object(Subject subject) {
        return isDescribed()
                ? fact(InspectedObject.class, subject, bytes -> InspectedObject.read(subject, bytes))
                : Optional.empty();
    }

    public InspectedPod pod() {
        return fact(InspectedPod.class, Subject.POD, InspectedPod::read);
    }

    /** Returns the facts of a list; empty if it cannot be read. */
    @SuppressWarnings("unchecked") // the query has the type
    public <T> Optional<T> facts(ListQuery<T> list) {
        return isDescribed() ? Optional.ofNullable((T) ofList) : Optional.empty();
    }

    public Container container(CreateRules rules) {
        return fact(Container.class, rules, bytes -> Container.read(rules, bytes));
    }

    /** Returns what the container of a client mounts. */
    public OwnMounts ownMounts() {
        return fact(OwnMounts.class, Subject.CONTAINER, OwnMounts::read);
    }

    /** Returns true for a container whose user is a number other than 0. */
    public boolean isOfNonRoot() {
        return fact(
                ExecRules.class,
                Subject.CONTAINER,
                bytes -> ExecRules.isNonRoot(
                        StrictJson.object(bytes).object("Config").text("User")));
    }

    public ContainerVerdict exec(CreateRules rules) {
        return fact(ContainerVerdict.class, rules, rules::judgeExec);
    }

    public PodmanContainer podmanContainer(CreateRules rules) {
        return fact(PodmanContainer.class, rules, bytes -> PodmanContainer.read(rules, bytes));
    }

    public PodVerdict judgedPod(CreateRules rules) {
        return fact(PodVerdict.class, rules, rules::judgePod);
    }

    /**
     * Returns what the rules deny in a volume.
     *
     * @param name the volume for which the daemon was asked
     */
    public List<Violation> volume(CreateRules rules, String name) {
        return fact(Violation.class, rules, bytes -> rules.judgeVolume(name, bytes));
    }

    public ImageConfig image() {
        return fact(ImageConfig.class, Subject.IMAGE, ImageConfig::read);
    }

    public DaemonDefaults defaults() {
        return fact(DaemonDefaults.class, Subject.NONE, DaemonDefaults::read);
    }

    /** Returns true if the daemon can mount a path inside of a volume. Podman says that it does, and does not. */
    public boolean hasSubpaths() {
        return fact(ApiVersion.class, Subject.NONE, bytes -> {
            JsonObject version = StrictJson.object(bytes);
            boolean isDockerd = version.elements("Components").stream()
                    .anyMatch(component -> component.text("Name").equals("Engine"));
            return isDockerd
                    && ApiVersion.parse(version.text("ApiVersion"))
                            .filter(found -> !found.isBefore(SUBPATHS))
                            .isPresent();
        });
    }

    @SuppressWarnings("unchecked") // the key has the type
    private synchronized <T> T fact(Class<?> type, Object by, Function<ByteBuffer, T> reader) {
        return (T) facts.computeIfAbsent(new Key(type, by), any -> reader.apply(body()));
    }
}

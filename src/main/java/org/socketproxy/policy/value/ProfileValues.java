package org.socketproxy.policy.value;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * Values of a profile that are read by themselves, each by its key. A key without a value has its default.
 *
 * <p>Threading: immutable.
 */
public record ProfileValues(Map<ProfileKey<?>, Object> values) {
    public static final ProfileValues NONE = new ProfileValues(Map.of());

    public ProfileValues {
        values = Map.copyOf(values);
    }

    /** Describes one value: how it is written and compared. */
    public static final class ProfileKey<T> {
        private final T absent;
        private final Function<T, String> text;
        private final Function<T, String> effect;
        private final BiPredicate<T, T> isWithin;

        /**
         * @param absent the default
         * @param text returns the value as a setting has it
         * @param effect describes a value other than the default in one sentence for {@code check}
         * @param isWithin returns true if a value certainly allows no more than the other one
         */
        public ProfileKey(T absent, Function<T, String> text, Function<T, String> effect, BiPredicate<T, T> isWithin) {
            this.absent = absent;
            this.text = text;
            this.effect = effect;
            this.isWithin = isWithin;
        }

        public T absent() {
            return absent;
        }

        /** Returns the default as a setting has it. */
        public String defaultText() {
            return text.apply(absent);
        }
    }

    @SuppressWarnings("unchecked")
    public <T> T get(ProfileKey<T> key) {
        Object value = values.get(key);
        return value == null ? key.absent : (T) value;
    }

    public <T> ProfileValues with(ProfileKey<T> key, T value) {
        Map<ProfileKey<?>, Object> changed = new HashMap<>(values);
        if (value.equals(key.absent)) {
            changed.remove(key);
        } else {
            changed.put(key, value);
        }
        return new ProfileValues(changed);
    }

    /** Returns the value as a setting has it; empty for the default. */
    public <T> Optional<String> text(ProfileKey<T> key) {
        return values.containsKey(key) ? Optional.of(key.text.apply(get(key))) : Optional.empty();
    }

    /** Returns the sentence about a value other than the default. */
    public <T> Optional<String> effect(ProfileKey<T> key) {
        return values.containsKey(key) ? Optional.of(key.effect.apply(get(key))) : Optional.empty();
    }

    /** Returns true if the value certainly allows no more than that of the others. */
    public <T> boolean isWithin(ProfileValues others, ProfileKey<T> key) {
        return key.isWithin.test(get(key), others.get(key));
    }
}

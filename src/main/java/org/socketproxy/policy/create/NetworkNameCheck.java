package org.socketproxy.policy.create;

import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/** Judges names of networks: {@code host} needs the permission. */
enum NetworkNameCheck implements FieldRule {
    /** The value is a name. */
    VALUE {
        @Override
        public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
            checkName(judgement, ((JsonString) value).text(), path);
        }
    },
    /**
     * The value is the name of a network of a service. The daemon also accepts an id or the beginning of an id, and the
     * network of the host has one: only a name that cannot be a part of an id is known to be another network.
     */
    OF_SERVICE {
        @Override
        public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
            String name = ((JsonString) value).text();
            boolean mayBeId = name.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'z');
            if (mayBeId && !name.isEmpty() && !name.equals(NamespaceCheck.HOST)) {
                if (!judgement.permissions().has(CreatePermission.HOST_NETWORK)) {
                    String problem = "may be the id of the host's network; use a name with a hyphen or an underscore";
                    judgement.deny(path, problem, CreatePermission.HOST_NETWORK, null);
                }
            } else {
                checkName(judgement, name, path);
            }
        }
    },
    /** The names of the members are names of networks. */
    KEYS {
        @Override
        public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
            ((JsonObject) value).members().keySet().forEach(name -> checkName(judgement, name, path.member(name)));
        }
    };

    private static void checkName(BodyValidation judgement, String name, FieldPath path) {
        if (name.equals(NamespaceCheck.HOST)) {
            if (!judgement.permissions().has(CreatePermission.HOST_NETWORK)) {
                judgement.deny(path, "is the network of the host", CreatePermission.HOST_NETWORK, null);
            }
        } else if (!name.isEmpty() && !NamespaceCheck.NETWORK_NAME.matcher(name).matches()) {
            judgement.deny(path, "is not the name of a network");
        }
    }
}

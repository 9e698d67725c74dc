package org.socketproxy.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Disables a test if the dockerd of {@link RealDocker} refuses this version of the Docker API, as too old or as too new. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresApi.Condition.class)
public @interface RequiresApi {
    String value();

    /** Starts the daemon, which the test needs anyway. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            String version = AnnotationSupport.findAnnotation(context.getElement(), RequiresApi.class)
                    .map(RequiresApi::value)
                    .orElse(null);
            if (version == null || !RealDocker.isUsable()) { // without a daemon the test itself is skipped
                return ConditionEvaluationResult.enabled(null);
            }
            ApiVersions accepted = RealDocker.get().api();
            String reason =
                    "The daemon accepts the versions " + accepted.oldest() + " to " + accepted.newest() + " of the API";
            return accepted.accepts(version)
                    ? ConditionEvaluationResult.enabled(reason)
                    : ConditionEvaluationResult.disabled(reason + ", the test needs " + version);
        }
    }
}

package org.socketproxy.project;

import static com.tngtech.archunit.base.DescribedPredicate.allElements;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;

/** Allowed dependencies between packages: a package may use only packages below it in {@link #LAYERS}. */
@AnalyzeClasses(packages = "org.socketproxy", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    /** From top to bottom; {@code docs/architecture.md} has the question that each package answers. */
    private static final List<String> LAYERS = List.of(
            "",
            "server",
            "command",
            "status",
            "notify",
            "lease",
            "reload",
            "listener",
            "filter.extension",
            "filter",
            "shadow",
            "decide",
            "inquiry",
            "protect",
            "forward",
            "tunnel",
            "daemon",
            "exchange",
            "recreate",
            "policy.advice",
            "usage.file",
            "usage",
            "audit",
            "cosign",
            "tls",
            "config",
            "policy",
            "policy.scope",
            "policy.self",
            "policy.build",
            "policy.create",
            "policy.mask",
            "policy.value",
            "archive",
            "client",
            "jetty",
            "dockerapi",
            "json",
            "yaml",
            "minisign",
            "table",
            "extension");

    @ArchTest
    static final ArchRule arrowsRunDownwardsOnly = classes().should(dependOnLowerPackagesOnly());

    @ArchTest
    static final ArchRule onlyTheServerAndTheCommandsKnowLeases = noClasses()
            .that()
            .resideOutsideOfPackages("org.socketproxy.lease..", "org.socketproxy.server..", "org.socketproxy.command..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.socketproxy.lease..");

    private static ArchCondition<JavaClass> dependOnLowerPackagesOnly() {
        return new ArchCondition<>("depend on packages further down only") {
            @Override
            public void check(JavaClass from, ConditionEvents events) {
                int own = layerOf(from);
                from.getDirectDependenciesFromSelf().stream()
                        .filter(dependency ->
                                dependency.getTargetClass().getPackageName().startsWith("org.socketproxy"))
                        .filter(dependency -> layerOf(dependency.getTargetClass()) < own)
                        .forEach(dependency ->
                                events.add(SimpleConditionEvent.violated(from, dependency.getDescription())));
            }
        };
    }

    private static int layerOf(JavaClass type) {
        String name = type.getPackageName().replaceFirst("org\\.socketproxy\\.?", "");
        String layer = name.startsWith("status.") ? "status" : name; // the generated templates
        int index = LAYERS.indexOf(layer);
        if (index < 0) {
            throw new IllegalStateException("Package " + name + " has no place in the list of layers");
        }
        return index;
    }

    @ArchTest
    static final ArchRule extensionApiUsesNoInternalClasses = classes()
            .that()
            .resideInAPackage("org.socketproxy.extension..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("org.socketproxy.extension..", "java..", "jakarta.servlet..", "org.jspecify..");

    @ArchTest
    static final ArchRule extensionApiClassesAreFinal = classes()
            .that()
            .resideInAPackage("org.socketproxy.extension..")
            .and()
            .doNotHaveSimpleName("package-info")
            .should()
            .haveModifier(JavaModifier.FINAL);

    @ArchTest
    static final ArchRule embeddingApiExposesNoInternalClasses = methods()
            .that()
            .areDeclaredInClassesThat()
            .resideInAPackage("org.socketproxy")
            .and()
            .arePublic()
            .should()
            .haveRawReturnType(isPublished())
            .andShould()
            .haveRawParameterTypes(allElements(isPublished()));

    private static DescribedPredicate<JavaClass> isPublished() {
        return resideInAPackage("org.socketproxy")
                .or(resideInAnyPackage("java..", "jakarta.servlet.."))
                .or(DescribedPredicate.describe("are primitive", JavaClass::isPrimitive))
                .or(DescribedPredicate.describe("are arrays of strings", type -> type.isEquivalentTo(String[].class)));
    }

    @ArchTest
    static final ArchRule decisionsDoNotUseServletsOrJetty = noClasses()
            .that()
            .resideInAnyPackage("org.socketproxy.dockerapi..", "org.socketproxy.policy..", "org.socketproxy.config..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta.servlet..", "org.eclipse.jetty..");

    @ArchTest
    static final ArchRule tlsUsesOnlyTheJdkAndBouncyCastle = classes()
            .that()
            .resideInAPackage("org.socketproxy.tls..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "org.socketproxy.tls..",
                    "org.socketproxy.config..",
                    "java..",
                    "javax.net.ssl..",
                    "javax.security.auth.x500..",
                    "org.bouncycastle..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule auditUsageAndStatusDoNotUseTheJettyClient = noClasses()
            .that()
            .resideInAnyPackage("org.socketproxy.audit..", "org.socketproxy.usage..", "org.socketproxy.status..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.eclipse.jetty.client..");

    private static final int MOST_PARAMETERS = 6;

    /** Rows of tables, in which each component is a column, and a record of numbers of which most are 0. */
    private static final Set<String> LONG_ROWS =
            Set.of("FieldTable$Row", "ParameterRules$ParameterRule", "Consequence", "MessageType$Field", "Demand");

    @ArchTest
    static final ArchRule constructorsOfRulesAndSettingsAreShort = constructors()
            .that()
            .areDeclaredInClassesThat()
            .resideInAnyPackage("org.socketproxy.config..", "org.socketproxy.policy..")
            .should(new ArchCondition<>("have at most " + MOST_PARAMETERS + " parameters") {
                @Override
                public void check(JavaConstructor constructor, ConditionEvents events) {
                    JavaClass owner = constructor.getOwner();
                    int hidden = owner.isEnum() ? 2 : 0; // name and ordinal
                    int parameters = constructor.getRawParameterTypes().size() - hidden;
                    String name =
                            owner.getName().substring(owner.getPackageName().length() + 1);
                    if (parameters > MOST_PARAMETERS != LONG_ROWS.contains(name)) {
                        events.add(SimpleConditionEvent.violated(
                                constructor, constructor.getFullName() + " has " + parameters + " parameters"));
                    }
                }
            });

    @ArchTest
    static final ArchRule onlyTheServerReadsTheProcessEnvironment = noClasses()
            .that()
            .resideOutsideOfPackage("org.socketproxy.server..")
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class);
}

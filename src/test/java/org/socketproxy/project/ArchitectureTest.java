package org.socketproxy.project;

import static com.tngtech.archunit.base.DescribedPredicate.allElements;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The laws of the house: which package may know which. */
@AnalyzeClasses(packages = "org.socketproxy", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule arrowsRunOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("embedding")
            .definedBy("org.socketproxy")
            .layer("server")
            .definedBy("org.socketproxy.server..")
            .layer("config")
            .definedBy("org.socketproxy.config..")
            .layer("status")
            .definedBy("org.socketproxy.status..")
            .layer("proxy")
            .definedBy("org.socketproxy.proxy..")
            .layer("audit")
            .definedBy("org.socketproxy.audit..")
            .layer("policy")
            .definedBy("org.socketproxy.policy..")
            .layer("api")
            .definedBy("org.socketproxy.dockerapi..")
            .layer("tls")
            .definedBy("org.socketproxy.tls..")
            .layer("extension")
            .definedBy("org.socketproxy.extension..")
            .whereLayer("embedding")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("server")
            .mayOnlyBeAccessedByLayers("embedding")
            .whereLayer("config")
            .mayOnlyBeAccessedByLayers("server", "embedding")
            .whereLayer("status")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("proxy")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("audit")
            .mayOnlyBeAccessedByLayers("server", "status", "proxy")
            .whereLayer("policy")
            .mayOnlyBeAccessedByLayers("server", "status", "proxy", "audit", "config", "embedding")
            .whereLayer("tls")
            .mayOnlyBeAccessedByLayers("server", "proxy")
            .whereLayer("extension")
            .mayOnlyBeAccessedByLayers("server", "proxy");

    @ArchTest
    static final ArchRule whatIsPublishedForExtensionsNeedsNothingInternal = classes()
            .that()
            .resideInAPackage("org.socketproxy.extension..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("org.socketproxy.extension..", "java..", "jakarta.servlet..", "org.jspecify..");

    @ArchTest
    static final ArchRule whatIsPublishedForExtensionsIsFinal = classes()
            .that()
            .resideInAPackage("org.socketproxy.extension..")
            .and()
            .doNotHaveSimpleName("package-info")
            .should()
            .haveModifier(JavaModifier.FINAL);

    @ArchTest
    static final ArchRule whatIsPublishedForEmbeddingShowsNothingInternal = methods()
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
    static final ArchRule decidingKnowsNeitherServletsNorJetty = noClasses()
            .that()
            .resideInAnyPackage("org.socketproxy.dockerapi..", "org.socketproxy.policy..", "org.socketproxy.config..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta.servlet..", "org.eclipse.jetty..");

    @ArchTest
    static final ArchRule keysAndCertificatesAreKnownToTheJdkAndTheirReader = classes()
            .that()
            .resideInAPackage("org.socketproxy.tls..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "org.socketproxy.tls..",
                    "java..",
                    "javax.net.ssl..",
                    "javax.security.auth.x500..",
                    "org.bouncycastle..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule onlyTheProxyKnowsTheClientOfJetty = noClasses()
            .that()
            .resideInAnyPackage("org.socketproxy.audit..", "org.socketproxy.status..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.eclipse.jetty.client..");

    @ArchTest
    static final ArchRule onlyTheServerReadsTheProcessEnvironment = noClasses()
            .that()
            .resideOutsideOfPackage("org.socketproxy.server..")
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class);
}

import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/**
 * Runs the integration tests of a jar with JUnit 4, against the daemon of {@code DOCKER_HOST}, and prints each result as Go's tests do.
 *
 * <p>Argument: the jar, which is also on the class path.
 */
public final class Suite {
    private Suite() {}

    public static void main(String[] arguments) throws Exception {
        JUnitCore core = new JUnitCore();
        core.addListener(new RunListener() {
            private String result;

            @Override
            public void testStarted(Description test) {
                result = "PASS";
            }

            @Override
            public void testFailure(Failure failure) {
                result = "FAIL";
                System.out.println(failure.getTrace());
                if (failure.getDescription().isSuite()) {
                    print(failure.getDescription());
                }
            }

            @Override
            public void testAssumptionFailure(Failure failure) {
                result = "SKIP";
            }

            @Override
            public void testFinished(Description test) {
                print(test);
            }

            private void print(Description test) {
                String name = test.getTestClass().getSimpleName() + "." + test.getMethodName();
                System.out.println("--- " + result + ": " + name.replace(' ', '_'));
            }
        });
        core.run(classes(arguments[0]));
        System.exit(0); // some clients leave threads
    }

    private static Class<?>[] classes(String jar) throws Exception {
        List<Class<?>> found = new ArrayList<>();
        try (JarFile file = new JarFile(jar)) {
            for (JarEntry entry : file.stream().toList()) {
                if (entry.getName().endsWith("IT.class")) {
                    Class<?> each = Class.forName(
                            entry.getName().replaceFirst("\\.class$", "").replace('/', '.'));
                    if (!Modifier.isAbstract(each.getModifiers())) {
                        found.add(each);
                    }
                }
            }
        }
        return found.toArray(Class<?>[]::new);
    }
}

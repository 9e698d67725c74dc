package org.socketproxy.filter.extension;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;

/**
 * Class loader of one extension jar. It finds the JDK and the published API of the proxy, but no internal class: these
 * may change, and the jar may contain other versions of the proxy's libraries.
 */
final class ExtensionClassLoader extends URLClassLoader {
    /**
     * Packages that the program's class loader always loads, because classes from a copy in the jar would be
     * incompatible.
     */
    private static final List<String> SHARED =
            List.of("org.socketproxy.extension.", "jakarta.servlet.", "jakarta.annotation.", "org.slf4j.");

    private static final ClassLoader PROGRAM = ExtensionClassLoader.class.getClassLoader();

    private ExtensionClassLoader(String name, URL jar) {
        super(name, new URL[] {jar}, ClassLoader.getPlatformClassLoader());
    }

    static ExtensionClassLoader of(Path jar) throws MalformedURLException {
        return new ExtensionClassLoader(
                String.valueOf(jar.getFileName()), jar.toUri().toURL());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        return SHARED.stream().anyMatch(name::startsWith) ? PROGRAM.loadClass(name) : super.findClass(name);
    }
}

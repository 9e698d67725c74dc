package org.socketproxy.clients;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.socketproxy.testing.DockerJava;

/** The workload of docker-java; prints what must be equal directly and through a proxy. */
final class DockerJavaProgram {
    private static final long LIMIT_SECONDS = 300;

    private DockerJavaProgram() {}

    public static void main(String[] none) throws IOException, InterruptedException {
        try (DockerClient client = DockerJava.client(System.getenv("DOCKER_HOST"))) {
            String id = client.createContainerCmd("busybox:local")
                    .withName("java")
                    .withHostConfig(HostConfig.newHostConfig().withNetworkMode("none"))
                    .withCmd("sh", "-c", "echo started; sleep 1000")
                    .exec()
                    .getId();
            client.startContainerCmd(id).exec();
            String exec = client.execCreateCmd(id)
                    .withCmd("echo", "inside")
                    .withAttachStdout(true)
                    .exec()
                    .getId();
            client.execStartCmd(exec).exec(printing()).awaitCompletion(LIMIT_SECONDS, TimeUnit.SECONDS);
            System.out.println(client.inspectExecCmd(exec).exec().getExitCodeLong());
            System.out.println(client.inspectContainerCmd(id).exec().getName());
            client.logContainerCmd(id)
                    .withStdOut(true)
                    .exec(printing())
                    .awaitCompletion(LIMIT_SECONDS, TimeUnit.SECONDS);
            client.killContainerCmd(id).exec();
            System.out.println(client.waitContainerCmd(id)
                    .exec(new WaitContainerResultCallback())
                    .awaitStatusCode(LIMIT_SECONDS, TimeUnit.SECONDS));
            client.removeContainerCmd(id).exec();
            System.out.println(client.inspectImageCmd("busybox:local").exec().getRepoTags());
        }
    }

    private static ResultCallback.Adapter<Frame> printing() {
        return new ResultCallback.Adapter<>() {
            @Override
            public void onNext(Frame frame) {
                System.out.println(frame);
            }
        };
    }
}

package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.json.ElementException;

/** Elements of lists; in the JSON, quotes are written as apostrophes. */
class ObjectReaderTest {
    private static ObjectIdentity read(ObjectKind kind, String element) throws ElementException {
        byte[] bytes = ("xx" + element.replace('\'', '"') + "yy").getBytes(StandardCharsets.UTF_8);
        return ObjectReader.read(kind, ByteBuffer.wrap(bytes, 2, bytes.length - 4));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "CONTAINER | {'Id':'1','Names':['/web','db','/web/db','web/x','//x','/'],'Labels':{'a':'b'}} | 1 [web, db, ] {a=b}",
                "CONTAINER | {'Id':'1','Names':null,'Labels':null,'labels':{'a':'b'},'Name':'x'}       | 1 [] {}",
                "CONTAINER | {'Id':'1','Names':'/web','Spec':{'Labels':{'a':'b'}},'New':{'Id':'2'}}    | 1 [web] {}",
                "NETWORK   | {'Name':'n','Id':'1','Labels':{'a':'b'}}                                  | 1 [n] {a=b}",
                "NETWORK   | {'name':'n/m','id':'1','labels':{'a':'b'}}                                | 1 [n/m] {a=b}",
                "VOLUME    | {'Name':'v','Labels':{}}                                                  | v [v] {}",
                "IMAGE     | {'Id':'1','RepoTags':['a:1'],'RepoDigests':['a@d'],'Labels':null}         | 1 [a:1, a@d] {}",
                "POD       | {'Id':'1','Name':'p','Labels':{'a':'b'}}                                  | 1 [p] {a=b}",
                "SERVICE   | {'ID':'1','Labels':{'x':'y'},'Spec':{'Name':'s','Labels':{'a':'b'}}}      | 1 [s] {a=b}",
                "SERVICE   | {'ID':'1','Name':'x','Spec':{'Name':'s','ID':'2','Spec':{'Name':'t'}}}    | 1 [s] {}",
                "SECRET    | {'Spec':{'Name':'s'},'ID':'1'}                                            | 1 [s] {}",
                "CONFIG    | {'Spec':{'Labels':{'a':'b','c':'d'}},'ID':'1'}                            | 1 [] {a=b, c=d}",
            })
    void partsOfAnElement(ObjectKind kind, String element, String parts) throws ElementException {
        ObjectIdentity object = read(kind, element);

        assertThat(object.id() + " " + object.names() + " " + new TreeMap<>(object.labels()))
                .isEqualTo(parts);
        assertThat(object.kind()).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "CONTAINER | []",
                "CONTAINER | {}",
                "CONTAINER | ~~",
                "CONTAINER | {'Id':1}",
                "CONTAINER | {'Id':null}",
                "CONTAINER | {'Id':'1'}{'Id':'1'}",
                "CONTAINER | {'Id':'1','Id':'1'}",
                "CONTAINER | {'Id':'1'",
                "CONTAINER | {'Id':'1',}",
                "CONTAINER | {'Id':'1','Names':{}}",
                "CONTAINER | {'Id':'1','Names':1}",
                "CONTAINER | {'Id':'1','Labels':'a'}",
                "CONTAINER | {'Id':'1','Names':[1]}",
                "CONTAINER | {'Id':'1','Labels':[]}",
                "CONTAINER | {'Id':'1','Labels':{'a':null}}",
                "CONTAINER | {'Id':'1','Labels':{'a':'b','a':'b'}}",
                "CONTAINER | {'Id':'1','Labels':null,'Labels':{}}",
                "NETWORK   | {'Id':'1','id':'1'}",
                "NETWORK   | {'Id':'1','Labels':{},'labels':{}}",
                "SERVICE   | {'Id':'1'}",
                "SERVICE   | {'Spec':{'ID':'1'}}",
                "SERVICE   | {'ID':'1','Spec':[]}",
                "VOLUME    | {'Id':'1'}",
            })
    void anElementOfAnotherFormIsRefused(ObjectKind kind, String element) {
        ElementException refused = catchThrowableOfType(ElementException.class, () -> read(kind, element));

        assertThat(refused.kind()).isEqualTo(ElementException.Kind.MALFORMED);
    }
}

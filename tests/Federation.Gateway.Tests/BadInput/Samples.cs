using System.Text;
using Federation.Gateway.Tests.Protobuf;

namespace Federation.Gateway.Tests.BadInput;

/// <summary>Good inputs, to be broken.</summary>
internal static class Samples
{
    public const string AppJson = """
        {"apiVersion":"federation/v1","kind":"App","metadata":{"name":"fuzz","namespace":"default","labels":{"tier":"prod"},"annotations":{"a/b":"c"},"finalizers":["x/y"]},
        "spec":{"replicas":3,"template":{"metadata":{"labels":{"app":"web"}},"spec":{"terminationGracePeriodSeconds":5,"containers":[{"name":"web","image":"nginx:1.27","env":[{"name":"A","value":"b"}],
        "ports":[{"name":"http","containerPort":80}],"resources":{"requests":{"cpu":"200m","memory":"32Mi"},"limits":{"cpu":1}},"readinessProbe":{"httpGet":{"path":"/","port":"http"},"periodSeconds":1}}]}},
        "placement":{"clusters":{"matchLabels":{"tier":"prod"},"matchExpressions":[{"key":"a","operator":"In","values":["b"]}]},"spread":[{"by":"region","min":2}],
        "divide":{"mode":"Weighted","weights":[{"region":"us-east","weight":2}]},"failover":{"after":"1m30s"}},"expose":[{"port":80,"targetPort":"http","dns":{"policy":"Weighted","ttl":5}}]}}
        """;

    public const string AppYaml = """
        apiVersion: federation/v1
        kind: App
        metadata: { name: fuzz, namespace: default, labels: &labels { tier: "prod" } }
        spec:
          replicas: 0x3
          template:
            metadata: { labels: *labels }
            spec:
              containers:
              - name: web
                image: 'nginx:1.27'
                command: [sh, -c, "sleep 1"]
                args:
                - |
                  several
                  lines
        """;

    public static string[] Json { get; } =
    [
        AppJson,
        """{"apiVersion":"federation/v1","kind":"Cluster","metadata":{"name":"fuzz"},"spec":{"region":"us-east","addresses":["127.0.0.1"],"taints":[{"key":"a","effect":"NoSchedule"}],"leaseDuration":"5s"}}""",
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"fuzz","namespace":"default"},"data":{"a":"b"},"binaryData":{"c":"AAEC"},"immutable":false}""",
        """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"fuzz","namespace":"default"},"type":"Opaque","data":{"a":"Yg=="},"stringData":{"c":"d"}}""",
        """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"fuzz","ownerReferences":[{"apiVersion":"v1","kind":"Namespace","name":"x","uid":"y"}]}}""",
        """{"apiVersion":"v1","kind":"Event","metadata":{"name":"fuzz","namespace":"default"},"involvedObject":{"kind":"App","name":"web"},"reason":"R","message":"m","type":"Normal","count":2,"firstTimestamp":"2030-01-31T12:00:00Z"}""",
        """{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"fuzz"},"spec":{"replicas":3}}""",
        """{"apiVersion":"v1","kind":"DeleteOptions","dryRun":["All"],"preconditions":{"uid":"x"},"propagationPolicy":"Foreground","gracePeriodSeconds":1}""",
        """{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"fuzz","namespace":"default"},"deleteOptions":{"gracePeriodSeconds":0}}""",
        """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"resource":"apps","verb":"get"}}}""",
    ];

    public static string[] Patches { get; } =
    [
        """{"metadata":{"labels":{"a":null,"b":"c"}},"spec":{"replicas":2}}""",
        """[{"op":"add","path":"/metadata/labels","value":{"a":"b"}},{"op":"test","path":"/spec/replicas","value":3},{"op":"move","from":"/metadata/labels/a","path":"/metadata/labels/b"},{"op":"remove","path":"/metadata/labels/b"}]""",
        """{"data":{"a":null},"metadata":{"$setElementOrder/finalizers":["a/b"],"finalizers":["a/b"],"$deleteFromPrimitiveList/finalizers":["c/d"],"ownerReferences":[{"$patch":"delete","uid":"x"}]}}""",
        """{"apiVersion":"federation/v1","kind":"App","metadata":{"name":"fuzz"},"spec":{"replicas":2,"template":{"spec":{"containers":[{"name":"web","image":"nginx"}]}}}}""",
    ];

    public static string[] Selectors { get; } =
        ["tier=prod,app in (web,api),!canary", "a!=b,c==d,e notin (x,y)", "metadata.name=web,status.phase!=Running", "involvedObject.name=a\\,b,reason=c", "x.y/z=1"];

    public static string[] Scalars { get; } = ["200m", "1.5", "32Mi", "1e3", "-5G", "1m30s", "500ms", "2h", "0", "9223372036854775807"];

    public const string Report = """
        {"session":"s","sequence":1,"full":true,"appliedRevision":5,"works":[{"uid":"u","kind":"App","namespace":"default","name":"web","revision":3,"desired":1,"running":1,"ready":1}],
        "pods":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"default","uid":"p","labels":{"federation.uid":"u"}},"spec":{"containers":[{"name":"web","image":"nginx"}]},
        "status":{"phase":"Running","podIP":"10.0.0.1","startTime":"2030-01-31T12:00:00Z","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[{"name":"web","ready":true,"restartCount":1,"state":{"running":{}}}]}}],
        "removedPods":[{"namespace":"default","name":"old"}],"events":[{"kind":"Pod","namespace":"default","name":"web-1","reason":"R","message":"m","firstSeen":"2030-01-31T12:00:00Z","lastSeen":"2030-01-31T12:00:00Z"}],
        "inventory":{"capacity":{"cpu":"4","memory":"8Gi"},"nodes":1,"architecture":"amd64"}}
        """;

    public static byte[][] Protobuf { get; } =
    [
        ProtobufBodyTests.Body("v1", "ConfigMap", new Wire().Bytes(1, Metadata()).Entry(2, "a", "b").Entry(3, "c", "d").Varint(4, 0)),
        ProtobufBodyTests.Body("v1", "Secret", new Wire().Bytes(1, Metadata()).Entry(2, "a", "b").Text(3, "Opaque").Entry(4, "c", "d")),
        ProtobufBodyTests.Body("v1", "Namespace", new Wire().Bytes(1, new Wire().Text(1, "fuzz")).Bytes(2, new Wire().Text(1, "kubernetes"))),
        ProtobufBodyTests.Body("v1", "DeleteOptions", new Wire().Varint(1, 5).Bytes(2, new Wire().Text(1, "u")).Text(4, "Background").Text(5, "All")),
        ProtobufBodyTests.Body("authorization.k8s.io/v1", "SelfSubjectAccessReview", new Wire().Bytes(2, new Wire().Bytes(1, new Wire().Text(1, "default").Text(2, "get").Text(5, "apps")))),
    ];

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static Wire Metadata() => new Wire().Text(1, "fuzz").Text(3, "default").Bytes(8, new Wire().Varint(1, 1_700_000_000)).Entry(11, "tier", "prod")
        .Bytes(17, new Wire().Text(1, "kubectl").Bytes(7, new Wire().Text(1, """{"f:data":{}}""")));
}

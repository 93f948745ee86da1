using System.Text;
using System.Text.Json.Nodes;
using Federation.Api.Apps;
using Federation.Api.Clusters;

namespace Federation.Api.Tests;

/// <summary>Objects that are right, for tests to break one thing at a time.</summary>
internal static class Manifests
{
    public const string Web = """
        {
          "apiVersion": "federation/v1",
          "kind": "App",
          "metadata": { "name": "web", "namespace": "shop", "labels": { "app": "web", "example.com/team": "checkout" } },
          "spec": {
            "replicas": 6,
            "template": {
              "metadata": { "labels": { "app": "web" } },
              "spec": {
                "containers": [
                  {
                    "name": "web",
                    "image": "nginx:1.27",
                    "env": [ { "name": "LANG", "value": "de" } ],
                    "ports": [ { "name": "http", "containerPort": 80 } ],
                    "resources": { "requests": { "cpu": "200m", "memory": "32Mi" }, "limits": { "cpu": "1" } },
                    "readinessProbe": { "httpGet": { "path": "/", "port": "http" }, "periodSeconds": 1 }
                  },
                  { "name": "log", "image": "registry.example.com:5000/team/log@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
                ]
              }
            },
            "placement": {
              "clusters": { "matchLabels": { "tier": "prod" }, "matchExpressions": [ { "key": "gpu", "operator": "DoesNotExist" } ] },
              "regions": [ "us-east", "eu-west" ],
              "spread": [ { "by": "region", "min": 2 } ],
              "divide": { "mode": "Weighted", "weights": [ { "region": "us-east", "weight": 2 }, { "region": "eu-west", "weight": 1 } ] },
              "failover": { "after": "10s" }
            },
            "expose": [ { "port": 80, "targetPort": "http", "dns": { "policy": "RoundRobin", "ttl": 5 } } ]
          }
        }
        """;

    public const string UsEast = """
        {
          "apiVersion": "federation/v1",
          "kind": "Cluster",
          "metadata": { "name": "us-east-1", "labels": { "tier": "prod" } },
          "spec": {
            "region": "us-east", "zone": "us-east-1", "addresses": [ "127.0.1.1", "2001:db8::1" ],
            "taints": [ { "key": "spot", "value": "true", "effect": "NoSchedule" } ], "leaseDuration": "3s"
          },
          "status": { "capacity": { "cpu": "2", "memory": "4Gi", "pods": 100 }, "nodes": 1 }
        }
        """;

    public static App App { get; } = (App)Kinds.App.Decode(Utf8(Web)).Resource!;

    public static Cluster Cluster { get; } = (Cluster)Kinds.Cluster.Decode(Utf8(UsEast)).Resource!;

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The web app with one change.</summary>
    public static byte[] WebWith(Action<JsonObject> change)
    {
        var manifest = JsonNode.Parse(Web)!.AsObject();
        change(manifest);
        return Utf8(manifest.ToJsonString());
    }

    public static byte[] ClusterWith(Action<JsonObject> change)
    {
        var manifest = JsonNode.Parse(UsEast)!.AsObject();
        change(manifest);
        return Utf8(manifest.ToJsonString());
    }

    public static JsonObject Container(this JsonObject manifest, int index) =>
        manifest["spec"]!["template"]!["spec"]!["containers"]![index]!.AsObject();

    /// <summary>Variables and files from a ConfigMap, a Secret and the pod itself.</summary>
    /// <param name="manifest">The web app.</param>
    /// <param name="change">Of the pod's spec, afterwards.</param>
    public static void WithData(this JsonObject manifest, Action<JsonObject>? change = null)
    {
        var spec = manifest["spec"]!["template"]!["spec"]!.AsObject();
        var container = manifest.Container(0);
        container["env"] = JsonNode.Parse("""
            [
              { "name": "PASSWORD", "valueFrom": { "secretKeyRef": { "name": "db", "key": "password" } } },
              { "name": "CORES", "valueFrom": { "resourceFieldRef": { "resource": "limits.cpu" } } },
              { "name": "POD", "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } } }
            ]
            """);
        container["envFrom"] = JsonNode.Parse("""[ { "prefix": "A_", "configMapRef": { "name": "settings" } }, { "secretRef": { "name": "db", "optional": true } } ]""");
        container["volumeMounts"] = JsonNode.Parse("""[ { "name": "settings", "mountPath": "/etc/settings" }, { "name": "all", "mountPath": "/etc/all", "subPath": "a/b" } ]""");
        spec["imagePullSecrets"] = JsonNode.Parse("""[ { "name": "registry" } ]""");
        spec["volumes"] = JsonNode.Parse("""
            [
              { "name": "settings", "configMap": { "name": "settings" } },
              { "name": "db", "secret": { "secretName": "db", "items": [ { "key": "password", "path": "a/password", "mode": 256 } ] } },
              { "name": "pod", "downwardAPI": { "items": [ { "path": "labels", "fieldRef": { "fieldPath": "metadata.labels" } } ] } },
              { "name": "all", "projected": { "sources": [
                { "configMap": { "name": "settings", "items": [ { "key": "a", "path": "a/b" } ] } },
                { "secret": { "name": "db" } },
                { "downwardAPI": { "items": [ { "path": "memory", "resourceFieldRef": { "containerName": "web", "resource": "limits.memory", "divisor": "1Mi" } } ] } }
              ] } }
            ]
            """);
        change?.Invoke(spec);
    }
}

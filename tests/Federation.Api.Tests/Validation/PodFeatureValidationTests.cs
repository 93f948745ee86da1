using System.Text.Json.Nodes;
using Federation.Api.Apps;

namespace Federation.Api.Tests.Validation;

/// <summary>Init containers, probes, hooks, security and volumes of the machine.</summary>
public sealed class PodFeatureValidationTests
{
    private const string Spec = "spec.template.spec";
    private const string Init = $"{Spec}.initContainers[0]";
    private const string Main = $"{Spec}.containers[0]";

    private const string Right = """
        {
          "initContainers": [{ "name": "prepare", "image": "tools:1", "command": ["prepare"], "volumeMounts": [{ "name": "scratch", "mountPath": "/scratch" }] }],
          "containers": [{
            "name": "web", "image": "web:1", "ports": [{ "name": "http", "containerPort": 80 }], "workingDir": "/srv", "stdin": true, "tty": true,
            "startupProbe": { "httpGet": { "port": "http" }, "terminationGracePeriodSeconds": 5 },
            "readinessProbe": { "tcpSocket": { "port": 80 }, "successThreshold": 2 },
            "livenessProbe": { "exec": { "command": ["true"] } },
            "lifecycle": { "postStart": { "exec": { "command": ["true"] } }, "preStop": { "sleep": { "seconds": 5 } } },
            "securityContext": {
              "runAsUser": 1000, "runAsGroup": 1000, "runAsNonRoot": true, "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false,
              "capabilities": { "add": ["NET_BIND_SERVICE"], "drop": ["ALL"] }, "ulimits": [{ "name": "nofile", "soft": 1024 }]
            },
            "volumeMounts": [{ "name": "scratch", "mountPath": "/scratch", "subPath": "a/b", "readOnly": true }]
          }],
          "securityContext": { "runAsUser": 1000, "fsGroup": 2000, "supplementalGroups": [3000], "sysctls": [{ "name": "net.core.somaxconn", "value": "128" }] },
          "hostAliases": [{ "ip": "10.0.0.1", "hostnames": ["db.internal"] }],
          "volumes": [{ "name": "scratch", "emptyDir": { "medium": "Memory", "sizeLimit": "16Mi" } }, { "name": "logs", "hostPath": { "path": "/var/log", "type": "Directory" } },
            { "name": "cache", "named": {} }]
        }
        """;

    public static TheoryData<string, string, string, string> Mistakes => new()
    {
        { "containers", "[]", $"{Spec}.containers", "Required value" },
        { "initContainers/0/name", "\"web\"", $"{Main}.name", "Duplicate value: \"web\"" },
        { "initContainers/0/image", "\"\"", $"{Init}.image", "Required value" },
        { "initContainers/0/readinessProbe", "{\"tcpSocket\":{\"port\":80}}", $"{Init}.readinessProbe", "Forbidden: an init container" },
        { "initContainers/0/startupProbe", "{\"tcpSocket\":{\"port\":80}}", $"{Init}.startupProbe", "Forbidden: an init container" },
        { "initContainers/0/lifecycle", "{}", $"{Init}.lifecycle", "Forbidden: an init container" },
        { "initContainers/0/securityContext", "{\"runAsUser\":-1}", $"{Init}.securityContext.runAsUser", "Invalid value: -1: must be between" },
        { "containers/0/workingDir", "\"srv\"", $"{Main}.workingDir", "Invalid value: \"srv\": must be an absolute path" },
        { "containers/0/startupProbe/successThreshold", "2", $"{Main}.startupProbe.successThreshold", "Invalid value: 2: must be 1" },
        { "containers/0/startupProbe/terminationGracePeriodSeconds", "0", $"{Main}.startupProbe.terminationGracePeriodSeconds", "Invalid value: 0" },
        { "containers/0/readinessProbe/terminationGracePeriodSeconds", "1", $"{Main}.readinessProbe.terminationGracePeriodSeconds", "Forbidden" },
        { "containers/0/livenessProbe/exec/command", "[]", $"{Main}.livenessProbe.exec.command", "Required value" },
        { "containers/0/startupProbe/httpGet/port", "\"ftp\"", $"{Main}.startupProbe.httpGet.port", "Invalid value: \"ftp\"" },
        { "containers/0/lifecycle/postStart", "{}", $"{Main}.lifecycle.postStart", "Required value: must specify one of" },
        { "containers/0/lifecycle/postStart/sleep", "{\"seconds\":1}", $"{Main}.lifecycle.postStart", "Forbidden: may not specify more than one" },
        { "containers/0/lifecycle/preStop/sleep/seconds", "0", $"{Main}.lifecycle.preStop.sleep.seconds", "Invalid value: 0: must be between 1" },
        { "containers/0/lifecycle/preStop", "{\"httpGet\":{\"port\":\"ftp\"}}", $"{Main}.lifecycle.preStop.httpGet.port", "Invalid value: \"ftp\"" },
        { "containers/0/securityContext/runAsUser", "0", $"{Main}.securityContext.runAsUser", "Invalid value: 0: is root" },
        { "containers/0/securityContext/runAsGroup", "4294967296", $"{Main}.securityContext.runAsGroup", "Invalid value: 4294967296" },
        { "containers/0/securityContext/privileged", "true", $"{Main}.securityContext.allowPrivilegeEscalation", "Forbidden: cannot be false where privileged" },
        { "containers/0/securityContext/capabilities/add/0", "\"CAP_KILL\"", $"{Main}.securityContext.capabilities.add[0]", "Invalid value: \"CAP_KILL\"" },
        { "containers/0/securityContext/capabilities/drop/0", "\"EVERYTHING\"", $"{Main}.securityContext.capabilities.drop[0]", "Invalid value: \"EVERYTHING\"" },
        { "containers/0/securityContext/ulimits/0/name", "\"files\"", $"{Main}.securityContext.ulimits[0].name", "Unsupported value: \"files\"" },
        { "containers/0/securityContext/ulimits/0/hard", "10", $"{Main}.securityContext.ulimits[0].hard", "Invalid value: 10: must not be below soft" },
        { "containers/0/securityContext/ulimits/0/soft", "-2", $"{Main}.securityContext.ulimits[0].soft", "Invalid value: -2" },
        { "securityContext/fsGroup", "-5", $"{Spec}.securityContext.fsGroup", "Invalid value: -5" },
        { "securityContext/supplementalGroups/0", "-5", $"{Spec}.securityContext.supplementalGroups[0]", "Invalid value: -5" },
        { "securityContext/sysctls/0/name", "\"vm.swappiness\"", $"{Spec}.securityContext.sysctls[0].name", "Invalid value: \"vm.swappiness\": must be a setting of the pod's own" },
        { "securityContext/runAsNonRoot", "\"yes\"", $"{Spec}.securityContext.runAsNonRoot", "Invalid value" },
        { "hostAliases/0/ip", "\"db\"", $"{Spec}.hostAliases[0].ip", "Invalid value: \"db\": must be an IP address" },
        { "hostAliases/0/hostnames", "[]", $"{Spec}.hostAliases[0].hostnames", "Required value" },
        { "hostAliases/0/hostnames/0", "\"a b\"", $"{Spec}.hostAliases[0].hostnames[0]", "Invalid value: \"a b\"" },
        { "volumes/0/emptyDir/medium", "\"Disk\"", $"{Spec}.volumes[0].emptyDir.medium", "Unsupported value: \"Disk\"" },
        { "volumes/0/emptyDir", "{\"sizeLimit\":\"1Mi\"}", $"{Spec}.volumes[0].emptyDir.sizeLimit", "Forbidden" },
        { "volumes/0/emptyDir/sizeLimit", "\"0\"", $"{Spec}.volumes[0].emptyDir.sizeLimit", "Invalid value: \"0\": must be greater than 0" },
        { "volumes/1/hostPath/path", "\"var/log\"", $"{Spec}.volumes[1].hostPath.path", "Invalid value: \"var/log\"" },
        { "volumes/1/hostPath/path", "\"/var/../etc\"", $"{Spec}.volumes[1].hostPath.path", "Invalid value: \"/var/../etc\"" },
        { "volumes/1/hostPath/type", "\"Socket\"", $"{Spec}.volumes[1].hostPath.type", "Unsupported value: \"Socket\"" },
        { "volumes/2/named/volumeName", "\"A/b\"", $"{Spec}.volumes[2].named.volumeName", "Invalid value: \"A/b\"" },
        { "volumes/1/emptyDir", "{}", $"{Spec}.volumes[1]", "Forbidden: may not specify more than one source" },
        { "hostNetwork", "true", $"{Spec}.hostNetwork", "Forbidden: unknown field" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void DecodeAndValidate_OneMistake_IsNamedByItsPath(string at, string json, string field, string message)
    {
        var error = Kinds.App.DecodeAndValidate(AppWith(spec => Set(spec, at, json))).Errors.ShouldHaveSingleItem();

        error.Field.ShouldBe(field);
        error.Message.ShouldStartWith(message);
    }

    [Fact]
    public void DecodeAndValidate_EveryFeature_IsRightAndDefaulted()
    {
        var decoded = Kinds.App.DecodeAndValidate(AppWith(_ => { }));

        decoded.Errors.ShouldBeEmpty();
        var spec = ((App)Kinds.App.Default(decoded.Resource!)).Spec.Template.Spec;
        spec.InitContainers[0].ImagePullPolicy.ShouldBe(ImagePullPolicy.IfNotPresent);
        var main = spec.Containers[0];
        main.StartupProbe!.FailureThreshold.ShouldBe(3);
        main.StartupProbe.HttpGet!.Scheme.ShouldBe("HTTP");
        main.SecurityContext!.Ulimits[0].Hard.ShouldBe(1024);
        spec.Volumes[2].Named!.VolumeName.ShouldBe("cache");
    }

    private static byte[] AppWith(Action<JsonObject> change) => Manifests.WebWith(manifest =>
    {
        var spec = JsonNode.Parse(Right)!.AsObject();
        change(spec);
        manifest["spec"]!["template"]!["spec"] = spec;
        manifest["spec"]!.AsObject().Remove("expose");
    });

    private static void Set(JsonObject spec, string at, string json)
    {
        JsonNode node = spec;
        var steps = at.Split('/');
        foreach (var step in steps[..^1])
            node = int.TryParse(step, out var index) ? node[index]! : node[step]!;
        if (int.TryParse(steps[^1], out var last))
            node[last] = JsonNode.Parse(json);
        else
            node[steps[^1]] = JsonNode.Parse(json);
    }
}

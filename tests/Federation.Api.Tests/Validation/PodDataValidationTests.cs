using System.Text.Json.Nodes;
using Federation.Api.Apps;

namespace Federation.Api.Tests.Validation;

public sealed class PodDataValidationTests
{
    private const string Spec = "spec.template.spec";
    private const string Container = $"{Spec}.containers[0]";

    /// <summary>A change of the right manifest (path under the pod's spec = JSON), and the one error it must give.</summary>
    public static TheoryData<string, string, string, string> Mistakes => new()
    {
        { "containers/0/env/0/value", "\"x\"", $"{Container}.env[0].valueFrom", "Invalid value: \"\": may not be specified when `value` is not empty" },
        { "containers/0/env/0/valueFrom", "{}", $"{Container}.env[0].valueFrom", "Required value: must specify one of configMapKeyRef" },
        { "containers/0/env/0/valueFrom/fieldRef", "{\"fieldPath\":\"metadata.uid\"}", $"{Container}.env[0].valueFrom", "Invalid value: \"\": may not have more than one field" },
        { "containers/0/env/0/valueFrom/secretKeyRef/name", "\"\"", $"{Container}.env[0].valueFrom.secretKeyRef.name", "Required value" },
        { "containers/0/env/0/valueFrom/secretKeyRef/name", "\"Db\"", $"{Container}.env[0].valueFrom.secretKeyRef.name", "Invalid value: \"Db\": must be a lowercase RFC 1123 subdomain" },
        { "containers/0/env/0/valueFrom/secretKeyRef/key", "\"\"", $"{Container}.env[0].valueFrom.secretKeyRef.key", "Required value" },
        { "containers/0/env/0/valueFrom/secretKeyRef/key", "\"../x\"", $"{Container}.env[0].valueFrom.secretKeyRef.key", "Invalid value: \"../x\": a valid config key" },
        { "containers/0/env/1/valueFrom/resourceFieldRef/resource", "\"limits.gpu\"", $"{Container}.env[1].valueFrom.resourceFieldRef.resource", "Unsupported value: \"limits.gpu\": supported values: \"limits.cpu\"" },
        { "containers/0/env/1/valueFrom/resourceFieldRef/containerName", "\"nobody\"", $"{Container}.env[1].valueFrom.resourceFieldRef.containerName", "Invalid value: \"nobody\": must be the name of a container of the pod" },
        { "containers/0/env/1/valueFrom/resourceFieldRef/divisor", "\"0\"", $"{Container}.env[1].valueFrom.resourceFieldRef.divisor", "Invalid value: \"0\": must be greater than 0" },
        { "containers/0/env/2/valueFrom/fieldRef/fieldPath", "\"status.phase\"", $"{Container}.env[2].valueFrom.fieldRef.fieldPath", "Unsupported value: \"status.phase\"" },
        { "containers/0/env/2/valueFrom/fieldRef/fieldPath", "\"metadata.labels\"", $"{Container}.env[2].valueFrom.fieldRef.fieldPath", "Unsupported value: \"metadata.labels\"" },
        { "containers/0/env/2/valueFrom/fieldRef/fieldPath", "\"metadata.labels['a b']\"", $"{Container}.env[2].valueFrom.fieldRef.fieldPath", "Invalid value: \"a b\"" },
        { "containers/0/env/2/valueFrom/fieldRef/fieldPath", "\"status.podIP\"", $"{Container}.env[2].valueFrom.fieldRef.fieldPath", "Invalid value: \"status.podIP\": is not known before the pod's first container runs" },
        { "containers/0/envFrom/0/prefix", "\"A=\"", $"{Container}.envFrom[0].prefix", "Invalid value: \"A=\"" },
        { "containers/0/envFrom/0/secretRef", "{\"name\":\"db\"}", $"{Container}.envFrom[0]", "Invalid value: \"\": may not have more than one field" },
        { "containers/0/envFrom/0", "{}", $"{Container}.envFrom[0]", "Required value: must specify one of configMapRef and secretRef" },
        { "containers/0/envFrom/0/configMapRef/name", "\"\"", $"{Container}.envFrom[0].configMapRef.name", "Required value" },
        { "containers/0/volumeMounts/0/name", "\"nothing\"", $"{Container}.volumeMounts[0].name", "Invalid value: \"nothing\": must be the name of a volume of the pod" },
        { "containers/0/volumeMounts/0/mountPath", "\"\"", $"{Container}.volumeMounts[0].mountPath", "Required value" },
        { "containers/0/volumeMounts/0/mountPath", "\"etc\"", $"{Container}.volumeMounts[0].mountPath", "Invalid value: \"etc\": must be an absolute path" },
        { "containers/0/volumeMounts/0/mountPath", "\"/\"", $"{Container}.volumeMounts[0].mountPath", "Invalid value: \"/\": must not be the root" },
        { "containers/0/volumeMounts/0/mountPath", "\"/etc/all/\"", $"{Container}.volumeMounts[1].mountPath", "Duplicate value: \"/etc/all\"" },
        { "containers/0/volumeMounts/1/subPath", "\"a/../../b\"", $"{Container}.volumeMounts[1].subPath", "Invalid value: \"a/../../b\": must not contain '..'" },
        { "containers/0/volumeMounts/1/subPath", "\"/a\"", $"{Container}.volumeMounts[1].subPath", "Invalid value: \"/a\": must be a relative path" },
        { "imagePullSecrets/0/name", "\"\"", $"{Spec}.imagePullSecrets[0].name", "Required value" },
        { "volumes/2/name", "\"db\"", $"{Spec}.volumes[2].name", "Duplicate value: \"db\"" },
        { "volumes/1/name", "\"D\"", $"{Spec}.volumes[1].name", "Invalid value: \"D\"" },
        { "volumes/0/configMap/name", "\"\"", $"{Spec}.volumes[0].configMap.name", "Required value" },
        { "volumes/0/configMap/defaultMode", "512", $"{Spec}.volumes[0].configMap.defaultMode", "Invalid value: 512: must be a number between 0 and 0777" },
        { "volumes/0/secret", "{\"secretName\":\"db\"}", $"{Spec}.volumes[0]", "Forbidden: may not specify more than one source" },
        { "volumes/1/secret/secretName", "\"\"", $"{Spec}.volumes[1].secret.secretName", "Required value" },
        { "volumes/1/secret/items/0/key", "\"\"", $"{Spec}.volumes[1].secret.items[0].key", "Required value" },
        { "volumes/1/secret/items/0/path", "\"\"", $"{Spec}.volumes[1].secret.items[0].path", "Required value" },
        { "volumes/1/secret/items/0/path", "\"../../etc/shadow\"", $"{Spec}.volumes[1].secret.items[0].path", "Invalid value: \"../../etc/shadow\": must not contain '..'" },
        { "volumes/1/secret/items/0/path", "\"..data/x\"", $"{Spec}.volumes[1].secret.items[0].path", "Invalid value: \"..data/x\": must not start with '..'" },
        { "volumes/1/secret/items/0/path", "\"/abs\"", $"{Spec}.volumes[1].secret.items[0].path", "Invalid value: \"/abs\": must be a relative path" },
        { "volumes/1/secret/items/0/path", "\"a//b\"", $"{Spec}.volumes[1].secret.items[0].path", "Invalid value: \"a//b\": must be made of names" },
        { "volumes/1/secret/items/0/mode", "-1", $"{Spec}.volumes[1].secret.items[0].mode", "Invalid value: -1" },
        { "volumes/1/secret/items", "[{\"key\":\"a\",\"path\":\"x\"},{\"key\":\"b\",\"path\":\"x\"}]", $"{Spec}.volumes[1].secret.items[1].path", "Duplicate value: \"x\"" },
        { "volumes/1/secret/items", "[{\"key\":\"a\",\"path\":\"x\"},{\"key\":\"b\",\"path\":\"x/y\"}]", $"{Spec}.volumes[1].secret.items[1].path", "Invalid value: \"x/y\": cannot be beside x" },
        { "volumes/2/downwardAPI/items/0", "{\"path\":\"labels\"}", $"{Spec}.volumes[2].downwardAPI.items[0]", "Required value: must specify one of fieldRef and resourceFieldRef" },
        { "volumes/2/downwardAPI/items/0/resourceFieldRef", "{\"containerName\":\"web\",\"resource\":\"limits.cpu\"}", $"{Spec}.volumes[2].downwardAPI.items[0]", "Forbidden: may not specify both" },
        { "volumes/3/projected/sources", "[]", $"{Spec}.volumes[3].projected.sources", "Required value" },
        { "volumes/3/projected/sources/1", "{}", $"{Spec}.volumes[3].projected.sources[1]", "Required value: must specify one of configMap, secret and downwardAPI" },
        { "volumes/3/projected/sources/2/downwardAPI/items/0/path", "\"a/b\"", $"{Spec}.volumes[3].projected.sources[2].downwardAPI.items[0].path", "Duplicate value: \"a/b\"" },
        { "volumes/3/projected/sources/2/downwardAPI/items/0/resourceFieldRef/containerName", "\"\"", $"{Spec}.volumes[3].projected.sources[2].downwardAPI.items[0].resourceFieldRef.containerName", "Required value" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void DecodeAndValidate_OneMistake_IsNamedByItsPath(string at, string json, string field, string message)
    {
        var body = Manifests.WebWith(manifest => manifest.WithData(spec => Set(spec, at, json)));

        var error = Kinds.App.DecodeAndValidate(body).Errors.ShouldHaveSingleItem();

        error.Field.ShouldBe(field);
        error.Message.ShouldStartWith(message);
    }

    [Fact]
    public void DecodeAndValidate_EverySourceOfData_IsRightAndDefaulted()
    {
        var decoded = Kinds.App.DecodeAndValidate(Manifests.WebWith(manifest => manifest.WithData()));

        decoded.Errors.ShouldBeEmpty();
        var spec = ((App)Kinds.App.Default(decoded.Resource!)).Spec.Template.Spec;
        spec.Volumes[0].ConfigMap!.DefaultMode.ShouldBe(420);
        spec.Volumes[1].Secret!.DefaultMode.ShouldBe(420);
        spec.Volumes[2].DownwardAPI!.DefaultMode.ShouldBe(420);
        spec.Volumes[3].Projected!.DefaultMode.ShouldBe(420);
    }

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

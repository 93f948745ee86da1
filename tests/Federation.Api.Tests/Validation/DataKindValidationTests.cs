using System.Text;
using System.Text.Json;
using Federation.Api.Core;
using Federation.Api.Decoding;
using Federation.Api.Meta;

namespace Federation.Api.Tests.Validation;

public sealed class DataKindValidationTests
{
    [Theory]
    [InlineData("""{"data":{"a/b":"1"}}""", "data[a/b]")]
    [InlineData("""{"data":{"..a":"1"}}""", "data[..a]")]
    [InlineData("""{"data":{".":"1"}}""", "data[.]")]
    [InlineData("""{"data":{"a":"1"},"binaryData":{"a":"MQ=="}}""", "data[a]")]
    [InlineData("""{"binaryData":{"a":"not base64!"}}""", "binaryData[a]")]
    [InlineData("""{"data":{"a":1}}""", "data[a]")]
    public void ConfigMap_OneMistake_IsNamedByPath(string content, string path) =>
        Decode(Kinds.ConfigMap, content).Errors.ShouldHaveSingleItem().Field.ShouldBe(path);

    [Fact]
    public void ConfigMap_KeysThatAreFileNames_AreTaken()
    {
        var decoded = Decode(Kinds.ConfigMap, """{"data":{"nginx.conf":"x","_A-1":"","..":"no"}}""");

        decoded.Errors.ShouldHaveSingleItem().Field.ShouldBe("data[..]");
    }

    [Theory]
    [InlineData(DataLimit, true)]
    [InlineData(DataLimit + 1, false)]
    public void ConfigMap_Size_IsLimitedToOneMebibyteOfValues(int size, bool isTaken)
    {
        var half = new byte[size / 2];
        var map = new ConfigMap
        {
            Metadata = Named,
            Data = new Dictionary<string, string> { ["text"] = new('x', size - half.Length) },
            BinaryData = new Dictionary<string, string> { ["bytes"] = Convert.ToBase64String(half) },
        };

        (Kinds.ConfigMap.Validate(map).Count == 0).ShouldBe(isTaken);
    }

    [Theory]
    [InlineData(SecretTypes.Tls, "tls.crt", "data[tls.key]")]
    [InlineData(SecretTypes.Tls, "tls.key", "data[tls.crt]")]
    [InlineData(SecretTypes.SshAuth, "other", "data[ssh-privatekey]")]
    [InlineData(SecretTypes.DockerConfigJson, "other", "data[.dockerconfigjson]")]
    [InlineData(SecretTypes.DockerConfig, "other", "data[.dockercfg]")]
    [InlineData(SecretTypes.ServiceAccountToken, "token", "metadata.annotations[kubernetes.io/service-account.name]")]
    public void Secret_TypeWithoutItsKeys_NamesThem(string type, string key, string missing)
    {
        var secret = Secret(type, (key, "value"));

        Kinds.Secret.Validate(secret).ShouldHaveSingleItem().Field.ShouldBe(missing);
    }

    [Fact]
    public void Secret_OfItsTypesWithTheirKeys_IsTaken()
    {
        Kinds.Secret.Validate(Secret(SecretTypes.Tls, ("tls.crt", "c"), ("tls.key", "k"))).ShouldBeEmpty();
        Kinds.Secret.Validate(Secret(SecretTypes.BasicAuth, ("password", "p"))).ShouldBeEmpty();
        Kinds.Secret.Validate(Secret(SecretTypes.DockerConfigJson, (".dockerconfigjson", """{"auths":{}}"""))).ShouldBeEmpty();
        Kinds.Secret.Validate(Secret("example.com/mine")).ShouldBeEmpty();
    }

    [Fact]
    public void Secret_Mistakes_DoNotRepeatTheValue()
    {
        var wrong = Secret(SecretTypes.DockerConfigJson, (".dockerconfigjson", "hunter2"));
        var errors = Kinds.Secret.Validate(wrong with { Data = new Dictionary<string, string>(wrong.Data) { ["bad"] = "hunter2!" } });

        errors.Count.ShouldBe(2);
        string.Join('\n', errors).ShouldNotContain("hunter2");
        wrong.ToString().ShouldNotContain(Base64("hunter2"));
    }

    [Fact]
    public void Secret_StringData_BecomesDataAndIsGone()
    {
        var decoded = (Secret)Decode(Kinds.Secret, """{"data":{"a":"MQ==","b":"Mg=="},"stringData":{"b":"new","c":"3"}}""").Resource!;

        decoded.Data.OrderBy(entry => entry.Key).Select(entry => entry.Value).ShouldBe(["MQ==", Base64("new"), Base64("3")]);
        decoded.StringData.ShouldBeEmpty();
        decoded.Type.ShouldBe(SecretTypes.Opaque);
    }

    [Fact]
    public void Secret_AnotherType_IsRefused() =>
        Kinds.Secret.ValidateUpdate(Secret("Opaque"), Secret("example.com/mine")).ShouldHaveSingleItem().Field.ShouldBe("type");

    [Fact]
    public void Immutable_MayChangeInMetadataOnly()
    {
        var map = new ConfigMap { Metadata = Named, Data = new Dictionary<string, string> { ["a"] = "1" }, Immutable = true };
        var secret = Secret("Opaque", ("a", "1")) with { Immutable = true };

        Kinds.ConfigMap.ValidateUpdate(map, map with { Metadata = Named with { Labels = new Dictionary<string, string> { ["b"] = "2" } } }).ShouldBeEmpty();
        Kinds.ConfigMap.ValidateUpdate(map, map with { Immutable = null }).ShouldHaveSingleItem().Field.ShouldBe("immutable");
        Kinds.ConfigMap.ValidateUpdate(map, map with { Data = new Dictionary<string, string> { ["a"] = "2" } }).ShouldHaveSingleItem().Field.ShouldBe("data");
        Kinds.ConfigMap.ValidateUpdate(map, map with { BinaryData = new Dictionary<string, string> { ["c"] = "MQ==" } }).ShouldHaveSingleItem().Field.ShouldBe("binaryData");
        Kinds.Secret.ValidateUpdate(secret, secret with { Data = Maps.Empty, Immutable = false }).Select(error => error.Field).ShouldBe(["immutable", "data"]);
        Kinds.ConfigMap.ValidateUpdate(map with { Immutable = null }, map with { Data = Maps.Empty }).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"location":{"latitude":91,"longitude":0}}""", "spec.location.latitude")]
    [InlineData("""{"location":{"latitude":0,"longitude":-180.5}}""", "spec.location.longitude")]
    [InlineData("""{"location":{"latitude":0}}""", "spec.location.longitude")]
    [InlineData("""{"clientNetworks":["10.0.0.1/8"]}""", "spec.clientNetworks[0]")]
    [InlineData("""{"clientNetworks":["10/8"]}""", "spec.clientNetworks[0]")]
    [InlineData("""{"clientNetworks":["2001:db8::/32","2001:db8:0::/32"]}""", "spec.clientNetworks[1]")]
    [InlineData("""{"nearest":["eu-west","eu-west"]}""", "spec.nearest[1]")]
    [InlineData("""{"nearest":["us-east"]}""", "spec.nearest[0]")]
    [InlineData("""{"nearest":["EU"]}""", "spec.nearest[0]")]
    public void Region_OneMistake_IsNamedByPath(string spec, string path) =>
        Kinds.Region.DecodeAndValidate(Encoding.UTF8.GetBytes($$"""{"apiVersion":"federation/v1","kind":"Region","metadata":{"name":"us-east"},"spec":{{spec}}}"""))
            .Errors.ShouldHaveSingleItem().Field.ShouldBe(path);

    [Fact]
    public void Region_Complete_IsTaken() => Kinds.Region.DecodeAndValidate(
        """{"apiVersion":"federation/v1","kind":"Region","metadata":{"name":"us-east"},"spec":{"location":{"latitude":40.7,"longitude":-74},"clientNetworks":["10.0.0.0/8","2001:db8::/32"],"nearest":["eu-west"]}}"""u8)
        .Errors.ShouldBeEmpty();

    private const int DataLimit = 1024 * 1024;

    private static ObjectMeta Named { get; } = new() { Name = "settings", Namespace = "shop" };

    private static Secret Secret(string type, params (string Key, string Text)[] data) =>
        new() { Metadata = Named, Type = type, Data = data.ToDictionary(entry => entry.Key, entry => Base64(entry.Text)) };

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static DecodeResult Decode(KindDefinition kind, string content)
    {
        var body = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(content)!;
        body["apiVersion"] = JsonSerializer.SerializeToElement(kind.ApiVersion);
        body["kind"] = JsonSerializer.SerializeToElement(kind.Kind);
        body["metadata"] = JsonSerializer.SerializeToElement(new { name = "settings", @namespace = "shop" });
        return kind.DecodeAndValidate(JsonSerializer.SerializeToUtf8Bytes(body));
    }
}

using System.Text.Json;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Patches;
using Federation.Api.Quantities;
using Federation.Api.Selectors;
using Federation.Gateway.Http;
using Federation.Gateway.Protobuf;
using Federation.Yaml;

namespace Federation.Gateway.Tests.BadInput;

/// <summary>Thousands of broken inputs for every decoder: each is refused in the way the decoder says, and in no other. A failure names seed and input.</summary>
public sealed class DecoderFuzzTests
{
    private const int Rounds = 3000;

    private static readonly KindDefinition[] Written = [.. Kinds.Served.Where(kind => kind.Storage == KindStorage.Stored)];

    public static TheoryData<int> Seeds => [1, 2, 3];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Json_AnyInput_IsDecodedOrRefused(int seed) => Fuzz(seed, [.. Samples.Json.Select(Samples.Utf8)], (mutator, input) =>
    {
        var result = mutator.Pick(Written).DecodeAndValidate(input);
        if (result.Resource is null)
            result.Errors.ShouldNotBeEmpty();
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Yaml_AnyInput_IsReadOrRefused(int seed) => Fuzz(seed, [Samples.Utf8(Samples.AppYaml), .. Samples.Json.Select(Samples.Utf8)], (mutator, input) =>
    {
        try
        {
            foreach (var document in YamlReader.Read(System.Text.Encoding.UTF8.GetString(input)))
                Kinds.App.DecodeAndValidate(document.Json);
        }
        catch (YamlSyntaxException)
        {
            // The one way to refuse.
        }
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Protobuf_AnyInput_IsReadOrRefused(int seed) => Fuzz(seed, Samples.Protobuf, (mutator, input) =>
    {
        try
        {
            mutator.Pick(Written).DecodeAndValidate(ProtobufBody.ToJson(input).Span);
        }
        catch (WireFormatException)
        {
            // The one way to refuse.
        }
    });

    /// <remarks>What is no text is refused before (<see cref="RequestBody.CheckText"/>).</remarks>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Patches_AnyInput_AreAppliedOrRefused(int seed) => Fuzz(seed, [.. Samples.Patches.Select(Samples.Utf8)], (_, input) =>
    {
        var target = Samples.Utf8(Samples.AppJson);
        try
        {
            RequestBody.CheckText(input);
        }
        catch (RefusedException)
        {
            return;
        }

        foreach (var result in (PatchResult[])[MergePatch.Apply(target, input), JsonPatch.Apply(target, input), StrategicMergePatch.Apply(Kinds.App, target, input)])
        {
            if (result.IsApplied)
                Kinds.App.DecodeAndValidate(result.Json.Span);
        }
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Report_AnyInput_IsReadOrRefused(int seed) => Fuzz(seed, [Samples.Utf8(Samples.Report)], (_, input) =>
    {
        try
        {
            ApiJson.FromUtf8<Report>(input);
        }
        catch (JsonException)
        {
            // The one way to refuse.
        }
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Texts_AnyInput_AreReadOrRefused(int seed) => Fuzz(seed, [.. Samples.Selectors.Concat(Samples.Scalars).Select(Samples.Utf8)], (mutator, input) =>
    {
        var text = System.Text.Encoding.UTF8.GetString(input);
        if (LabelQuery.TryParse(text, out var labels, out _))
            labels.Matches(new Dictionary<string, string> { ["tier"] = "prod" });
        (FieldQuery.TryParse(mutator.Pick([.. Kinds.Served]), text, out _, out var problem) || problem.Length > 0).ShouldBeTrue();
        if (Quantity.TryParse(text, out var quantity))
            Quantity.TryParse(quantity.ToString(), out _).ShouldBeTrue();
        if (DurationConverter.TryParse(text, out var duration))
            DurationConverter.TryParse(DurationConverter.Format(duration), out _).ShouldBeTrue();
    });

    private static void Fuzz(int seed, IReadOnlyList<byte[]> samples, Action<Mutator, byte[]> decode)
    {
        var mutator = new Mutator(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var input = mutator.Mutate(mutator.Pick(samples));
            try
            {
                decode(mutator, input);
            }
            catch (Exception failure) when (failure is not ShouldAssertException)
            {
                throw new InvalidOperationException($"Seed {seed}, round {round}: {Convert.ToBase64String(input)}", failure);
            }
        }
    }
}

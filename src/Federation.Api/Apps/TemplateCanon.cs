using Federation.Api.Quantities;

namespace Federation.Api.Apps;

/// <summary>A template in the one form in which equal pods look equal: it is only compared, never run.</summary>
internal static class TemplateCanon
{
    /// <summary>Credentials only say how images are fetched, and what is not optional need not say so.</summary>
    public static PodTemplate Of(PodTemplate template) => template with
    {
        Spec = template.Spec with
        {
            InitContainers = [.. template.Spec.InitContainers.Select(Of)],
            Containers = [.. template.Spec.Containers.Select(Of)],
            Volumes = [.. template.Spec.Volumes.Select(Of)],
            ImagePullSecrets = [],
        },
    };

    private static ContainerSpec Of(ContainerSpec container) => container with
    {
        Resources = new ResourceRequirements { Requests = Of(container.Resources.Requests), Limits = Of(container.Resources.Limits) },
        Env = [.. container.Env.Select(Of)],
        EnvFrom = [.. container.EnvFrom.Select(source => source with
        {
            Prefix = string.IsNullOrEmpty(source.Prefix) ? null : source.Prefix,
            ConfigMapRef = Of(source.ConfigMapRef),
            SecretRef = Of(source.SecretRef),
        })],
    };

    private static EnvVar Of(EnvVar variable) => variable.ValueFrom is not { } source ? variable : variable with
    {
        ValueFrom = source with
        {
            ConfigMapKeyRef = Of(source.ConfigMapKeyRef),
            SecretKeyRef = Of(source.SecretKeyRef),
            ResourceFieldRef = Of(source.ResourceFieldRef),
        },
    };

    private static Volume Of(Volume volume) => volume with
    {
        ConfigMap = volume.ConfigMap is { } map ? map with { Optional = Of(map.Optional) } : null,
        Secret = volume.Secret is { } secret ? secret with { Optional = Of(secret.Optional) } : null,
        DownwardAPI = volume.DownwardAPI is { } downward ? downward with { Items = [.. downward.Items.Select(Of)] } : null,
        Projected = volume.Projected is { } projected ? projected with { Sources = [.. projected.Sources.Select(Of)] } : null,
    };

    private static VolumeProjection Of(VolumeProjection source) => source with
    {
        ConfigMap = Of(source.ConfigMap),
        Secret = Of(source.Secret),
        DownwardAPI = source.DownwardAPI is { } fields ? fields with { Items = [.. fields.Items.Select(Of)] } : null,
    };

    private static DownwardFile Of(DownwardFile file) => file with { ResourceFieldRef = Of(file.ResourceFieldRef) };

    private static KeyReference? Of(KeyReference? reference) => reference is null ? null : reference with { Optional = Of(reference.Optional) };

    private static DataReference? Of(DataReference? reference) => reference is null ? null : reference with { Optional = Of(reference.Optional) };

    private static ProjectedObject? Of(ProjectedObject? source) => source is null ? null : source with { Optional = Of(source.Optional) };

    private static ResourceFieldReference? Of(ResourceFieldReference? reference) => reference is null ? null : reference with
    {
        ContainerName = string.IsNullOrEmpty(reference.ContainerName) ? null : reference.ContainerName,
        Divisor = reference.Divisor is { } divisor && divisor.Milli != 1000 ? Quantity.FromMilli(divisor.Milli) : null,
    };

    private static bool? Of(bool? optional) => optional == true ? true : null;

    /// <summary><c>0.2</c> and <c>200m</c> are one amount and must not restart anything.</summary>
    private static Dictionary<string, Quantity> Of(IReadOnlyDictionary<string, Quantity> amounts) =>
        amounts.ToDictionary(amount => amount.Key, amount => Quantity.FromMilli(amount.Value.Milli));
}

using System.Collections.Immutable;
using System.Text;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Validation;

namespace MemberCluster.Agent.Data;

/// <summary>The variables of a container, as Kubernetes makes them. Pure.</summary>
/// <remarks>
/// Later ones overrule earlier ones: the federation's own, <c>envFrom</c> in its order, <c>env</c> in its order. A value in <c>env</c> can name
/// (<c>$(NAME)</c>) whatever came before it.
/// </remarks>
internal static class ContainerEnvironment
{
    /// <param name="container">The container.</param>
    /// <param name="own">The variables that every container gets.</param>
    /// <param name="work">Its ConfigMaps and Secrets.</param>
    /// <param name="pod">What fields of the pod stand for.</param>
    /// <param name="missing">What the container must wait for; null when nothing is missing.</param>
    public static ImmutableDictionary<string, string> Of(
        ContainerSpec container, IReadOnlyDictionary<string, string> own, Work work, PodFacts pod, out MissingData? missing)
    {
        var data = new WorkDataSet(work);
        var env = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        env.AddRange(own);
        missing = null;
        foreach (var source in container.EnvFrom)
            missing ??= AddAll(source, data, env);
        foreach (var variable in container.Env)
            missing ??= Add(variable, container, data, pod, env);
        return env.ToImmutable();
    }

    private static MissingData? AddAll(EnvFromSource source, WorkDataSet data, ImmutableDictionary<string, string>.Builder env)
    {
        var (reference, name) = source.ConfigMapRef is { } map ? (map, WorkDataSet.Map(map.Name)) : (source.SecretRef!, WorkDataSet.Secret(source.SecretRef!.Name));
        if (data.Find(name) is not { } found)
            return reference.Optional == true ? null : data.Missing(name);
        foreach (var (key, value) in found.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            // A key that cannot be a variable's name is left out, as in Kubernetes.
            if (Syntax.IsEnvName(source.Prefix + key) && TextOf(Convert.FromBase64String(value)) is { } text)
                env[source.Prefix + key] = text;
        }

        return null;
    }

    private static MissingData? Add(EnvVar variable, ContainerSpec container, WorkDataSet data, PodFacts pod, ImmutableDictionary<string, string>.Builder env)
    {
        switch (variable.ValueFrom)
        {
            case null:
                env[variable.Name] = Expansion.Expand(variable.Value, env);
                return null;
            case { ConfigMapKeyRef: { } key }:
                return Add(variable.Name, WorkDataSet.Map(key.Name), key, data, env);
            case { SecretKeyRef: { } key }:
                return Add(variable.Name, WorkDataSet.Secret(key.Name), key, data, env);
            case { FieldRef: { } field }:
                env[variable.Name] = PodFieldValues.Of(field, pod);
                return null;
            case { ResourceFieldRef: { } resource }:
                env[variable.Name] = PodFieldValues.Of(resource, container, pod);
                return null;
            default:
                return null;
        }
    }

    private static MissingData? Add(string variable, DataName name, KeyReference reference, WorkDataSet data, ImmutableDictionary<string, string>.Builder env)
    {
        if (data.Find(name, reference.Key) is not { } bytes)
            return reference.Optional == true ? null : data.Missing(name, reference.Key);
        if (TextOf(bytes) is { } text)
            env[variable] = text;
        return null;
    }

    /// <summary>Null: a variable cannot hold a NUL.</summary>
    private static string? TextOf(byte[] bytes) => bytes.AsSpan().Contains((byte)0) ? null : Encoding.UTF8.GetString(bytes);
}

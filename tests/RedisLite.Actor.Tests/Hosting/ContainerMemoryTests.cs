using RedisLite.Hosting;

namespace RedisLite.Actor.Tests.Hosting;

/// <summary>The limit of a control group, from files as Linux, systemd, Docker and Kubernetes have them.</summary>
public sealed class ContainerMemoryTests
{
    private const string FirstMounts =
        "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
        + "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
        + "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
        + "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

    private const string SecondMounts =
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        + "30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

    private readonly Dictionary<string, string> _files = [];

    private long? Limit => ContainerMemory.Find(_files.GetValueOrDefault);

    [Fact]
    public void Version_2_the_group_itself()
    {
        Given("0::/system.slice/redislite.service\n", SecondMounts);
        _files["/sys/fs/cgroup/system.slice/redislite.service/memory.max"] = "134217728\n";
        Assert.Equal(134217728, Limit);
    }

    [Fact]
    public void Version_2_a_group_above_it_and_the_least_holds()
    {
        Given("0::/kubepods.slice/pod1/main\n", SecondMounts);
        _files["/sys/fs/cgroup/kubepods.slice/pod1/main/memory.max"] = "max\n";
        _files["/sys/fs/cgroup/kubepods.slice/pod1/memory.max"] = "1000000\n";
        _files["/sys/fs/cgroup/kubepods.slice/memory.max"] = "2000000\n";
        Assert.Equal(1000000, Limit);
    }

    [Fact]
    public void Version_2_in_a_container_whose_group_is_its_root()
    {
        Given("0::/\n", SecondMounts);
        _files["/sys/fs/cgroup/memory.max"] = "5000000\n";
        Assert.Equal(5000000, Limit);
    }

    [Fact]
    public void Version_1_has_a_tree_of_its_own_for_memory()
    {
        Given("9:name=systemd:/\n4:memory:/docker/0a1b\n2:cpu,cpuacct:/docker/0a1b\n0::/\n", FirstMounts);
        _files["/sys/fs/cgroup/memory/docker/0a1b/memory.limit_in_bytes"] = "134217728\n";
        _files["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n";
        Assert.Equal(134217728, Limit);
    }

    [Fact]
    public void Version_1_in_a_container_that_sees_only_its_own_part_of_the_tree()
    {
        Given("4:memory:/docker/0a1b\n", FirstMounts.Replace(
            "0:32 / /sys/fs/cgroup/memory", "0:32 /docker/0a1b /sys/fs/cgroup/memory", StringComparison.Ordinal));
        _files["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "7000000\n";
        Assert.Equal(7000000, Limit);
    }

    [Fact]
    public void A_path_may_hold_colons_and_spaces()
    {
        Given("0::/a:b c\n", SecondMounts.Replace("/sys/fs/cgroup", "/my\\040groups", StringComparison.Ordinal));
        _files["/my groups/a:b c/memory.max"] = "8000000\n";
        Assert.Equal(8000000, Limit);
    }

    [Theory]
    [InlineData("0::/\n", "")]
    [InlineData("", SecondMounts)]
    [InlineData("0::/gone\n", SecondMounts)]
    [InlineData("nonsense\n4:memory\n::\n", FirstMounts + " - \nx - cgroup2\n")]
    public void No_limit_where_nobody_says_one(string groups, string mounts)
    {
        Given(groups, mounts);
        Assert.Null(Limit);
    }

    [Fact]
    public void No_limit_where_there_are_no_control_groups() => Assert.Null(Limit);

    [Theory]
    [InlineData("max\n")]
    [InlineData("9223372036854771712\n")]
    [InlineData("-1\n")]
    [InlineData("")]
    public void What_says_that_there_is_none(string text)
    {
        Given("0::/\n", SecondMounts);
        _files["/sys/fs/cgroup/memory.max"] = text;
        Assert.Null(Limit);
    }

    private void Given(string groups, string mounts)
    {
        _files["/proc/self/cgroup"] = groups;
        _files["/proc/self/mountinfo"] = mounts;
    }
}

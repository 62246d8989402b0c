# SPDX-License-Identifier: MIT
#
# Plots the share of the processor's limit that a gradient reaches, for each shape:
#
#     gradient --csv gradient.csv
#     gnuplot -c benchmarks/gradient_speed.gnuplot gradient.csv docs/gradient_speed.png

csv = ARG1
set terminal pngcairo size 1000,500 font 'sans,12' background rgb 'white'
set output ARG2
set datafile separator ','
set datafile missing NaN

shapes = 'xor iris cancer digits mnist-batch mnist tall wide'
place(shape) = sum [i=1:words(shapes)] (word(shapes, i) eq shape ? i : 0)

# The columns of the file are shape, scalar, program, threads, median, minimum, GFLOP/s, share. Each
# plot draws the rows of one program and treats the others as missing.
scalar = ''
program = ''
x(n) = strcol(2) eq scalar && strcol(3) eq program && column(4) == 1 ? place(strcol(1)) : NaN

set border 3 lc rgb '#666666'
set tics nomirror scale 0.5 textcolor rgb '#222222'
set grid ytics lc rgb '#e4e4e4' lt 1
set xrange [0.45:8.3]
set xtics rotate by 40 right
set for [i=1:words(shapes)] xtics add (word(shapes, i) i)
# A cube-root scale shows values near the limit as well as values a thousand times smaller.
set nonlinear y via y**(1./3) inverse y**3
set yrange [0:100]
set ytics ('100 %%' 100, '80 %%' 80, '60 %%' 60, '40 %%' 40, '20 %%' 20, '10 %%' 10, '5 %%' 5, '1 %%' 1, \
           '0.1 %%' 0.1, '0' 0)
set key bottom right reverse Left invert samplen 1.2 spacing 1 width -2 maxrows 3 font ',11'

color(name) = name eq 'twolayer' ? '#d62728' : name eq 'libtorch' ? '#1f77b4' : \
              name eq 'OpenCV' ? '#2ca02c' : name eq 'ALGLIB' ? '#9467bd' : \
              name eq 'FANN' ? '#ff7f0e' : '#9aa0a6'

machine = system(sprintf("sed -n '1s/^# //p' '%s'", csv)) . ', one thread'
set label 1 "Share of the processor's limit that a gradient reaches" at screen 0.095,0.965 \
    font ',14'
set label 2 machine at screen 0.985,0.03 right textcolor rgb '#666666' font ',10'
set multiplot layout 1,2 margins 0.095,0.985,0.22,0.87 spacing 0.03
do for [s in 'float double'] {
    scalar = s
    names = "'plain Eigen' libtorch " . (s eq 'float' ? 'FANN' : 'OpenCV ALGLIB') . ' twolayer'
    set title s offset 0,-0.6
    if (s eq 'double') {
        set ytics ('' 100, '' 80, '' 60, '' 40, '' 20, '' 10, '' 5, '' 1, '' 0.1, '' 0)
        unset label
    }
    plot for [name in names] program = name csv using (x(0)):(100 * column(8)) \
        with linespoints pt 7 ps (name eq 'twolayer' ? 1.3 : 0.9) \
        lw (name eq 'twolayer' ? 3 : 1.6) lc rgb color(name) title name
}
unset multiplot
